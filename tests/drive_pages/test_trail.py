"""What pages leave in the audit trail: refusals and uses of links, once an hour, and never a secret."""

import json

import pytest
from django.test import Client

from cartable.kernel import audit, logs
from cartable.kernel.models import Act
from cartable.spaces import sharing
from cartable.spaces.access import Role
from tests.drive_pages.test_files import body, sent


def kept(*verbs):
    """Return what is kept of these verbs, the first first: (verb, person, kind, object)."""
    acts = Act.objects.filter(verb__in=verbs).order_by("pk")
    return [(act.verb, act.person, act.kind, act.object) for act in acts]


def test_what_one_sees_and_may_not_do_is_kept_once_an_hour(world, browse, later):
    bob = browse("bob")
    for _ in range(3):
        assert bob.post(f"/f/{world.maths}/new", {"name": "X"}).status_code == 403
    assert kept("refused") == [("refused", world.bob.person, "node", world.maths)]
    later(hours=1, seconds=1)
    bob.post(f"/f/{world.maths}/new", {"name": "X"})
    assert len(kept("refused")) == 2


def test_what_is_hidden_absent_or_impossible_is_no_refusal_to_keep(world, browse):
    eve = browse("eve")
    for node in (world.cours, 10**9):
        assert eve.post(f"/f/{node}/new", {"name": "X"}).status_code == 404
    assert browse("ada").post(f"/f/{world.cours}/new", {"name": "Maths"}).status_code == 409
    assert kept("refused") == []


def test_each_refusal_within_a_selection_is_kept(world, browse):
    browse("bob").post("/selection/discard", {"node": [world.devoir, world.note]})
    assert kept("refused") == [("refused", world.bob.person, "node", world.maths)]


def test_refusals_of_one_person_are_bounded(world, browse, monkeypatch):
    monkeypatch.setattr(audit, "REFUSALS", 2)
    bob = browse("bob")
    for address in (f"/f/{world.cours}/new", f"/f/{world.maths}/new", f"/f/{world.devoir}/rename"):
        assert bob.post(address, {"name": "X"}).status_code == 403
    assert len(kept("refused")) == 2


def test_the_uses_of_a_link_are_kept_once_an_hour_for_each_who_uses_it(world, browse):
    share = sharing.make_link(world.ada, world.cours)
    address, link = f"/s/{share.link}", ("link", share.number)
    for _ in range(2):
        Client().get(address)
        Client().get(f"{address}/f/{world.maths}")
        body(Client().get(f"{address}/f/{world.devoir}/download"))
    browse("bob").get(address)
    token = logs.address.set("192.0.2.7")
    Client().get(address)
    logs.address.reset(token)
    assert kept("link.open", "link.download") == [
        ("link.open", None, *link),
        ("link.download", None, *link),
        ("link.open", world.bob.person, *link),
        ("link.open", None, *link),
    ]
    assert Act.objects.get(verb="link.download").detail == {"link": share.number, "node": world.devoir}


def test_a_selection_taken_and_a_deposit_are_uses(world):
    share = sharing.make_link(world.ada, world.cours)
    body(Client().get(f"/s/{share.link}/selection?node={world.maths}"))
    drop = sharing.make_link(world.ada, world.archives, Role.DEPOSIT)
    Client().post(f"/s/{drop.link}", {"file": sent("copie.txt")})
    assert kept("link.download", "link.deposit") == [
        ("link.download", None, "link", share.number),
        ("link.deposit", None, "link", drop.number),
    ]


def test_a_link_that_opens_nothing_is_not_used(world):
    share = sharing.make_link(world.ada, world.cours, password="sésame")
    Client().get(f"/s/{share.link}")
    Client().get("/s/absent")
    assert kept("link.open") == []


def test_guesses_of_the_password_of_a_link_are_kept_without_what_was_typed(world):
    share = sharing.make_link(world.ada, world.cours, password="sésame")
    for _ in range(21):
        Client().post(f"/s/{share.link}", {"password": "devinette"})
    link = ("link", share.number)
    assert kept("link.refused", "link.throttled") == [
        ("link.refused", None, *link),
        ("link.throttled", None, *link),
    ]
    trail = json.dumps(list(Act.objects.values("verb", "detail")), ensure_ascii=False)
    for secret in ("devinette", "sésame", share.link):
        assert secret not in trail


@pytest.mark.django_db(transaction=True)
def test_what_is_refused_is_kept_though_its_transaction_is_undone(world, browse):
    assert browse("bob").post(f"/f/{world.note}/rename", {"name": "X"}).status_code in {302, 303}
    assert browse("bob").post(f"/f/{world.devoir}/rename", {"name": "X"}).status_code == 403
    assert len(kept("refused")) == 1
