"""What clients leave in the audit trail, through WebDAV and OCS."""

from cartable.kernel.models import Act
from cartable.spaces import sharing
from cartable.spaces.access import Role
from tests.drive.test_collections import Holder


def kept(*verbs):
    acts = Act.objects.filter(verb__in=verbs).order_by("pk")
    return [(act.verb, act.person, act.kind, act.object) for act in acts]


def test_a_client_that_insists_is_kept_once(world, bob):
    for _ in range(3):
        assert bob.on("PUT", "/Cours/x.txt", b"x").status == 403
        assert bob.on("MKCOL", "/Cours/X").status == 403
    assert kept("refused") == [("refused", world.bob.person, "node", world.cours)]


def test_what_is_missing_is_no_refusal_to_keep(world, eve):
    assert eve.on("PUT", "/Cours/x.txt", b"x").status == 409
    assert kept("refused") == []


def test_a_share_that_is_not_theirs_to_change_is_kept(world, bob):
    given = sharing.of(world.ada, world.cours)[0]
    answer = bob.ask("PUT", f"/ocs/v2.php/apps/files_sharing/api/v1/shares/{given.id}", b'{"permissions": 31}')
    assert answer.status == 403
    assert kept("refused") == [("refused", world.bob.person, "node", world.cours)]


def test_a_link_is_opened_taken_from_and_left_in(world):
    holder = Holder(share := sharing.make_link(world.ada, world.cours))
    drop = Holder(deposit := sharing.make_link(world.ada, world.archives, Role.DEPOSIT))
    for _ in range(2):
        holder.on("PROPFIND", "/")
        holder.on("GET", "/Maths/devoir.pdf")
        drop.on("PUT", "/x.txt", b"x")
    assert kept("link.open", "link.download", "link.deposit") == [
        ("link.open", None, "link", share.number),
        ("link.download", None, "link", share.number),
        ("link.deposit", None, "link", deposit.number),
    ]


def test_what_a_link_refuses_is_no_use_of_it(world):
    holder = Holder(sharing.make_link(world.ada, world.cours))
    assert holder.on("GET", "/absent").status == 404
    assert holder.on("PUT", "/x", b"x").status == 403
    assert kept("link.download", "link.deposit", "link.open") == []


def test_guesses_are_kept_once(world):
    share = sharing.make_link(world.ada, world.cours, password="sésame")
    for _ in range(22):
        Holder(share, "wrong").on("PROPFIND", "/")
    assert kept("link.refused", "link.throttled") == [
        ("link.refused", None, "link", share.number),
        ("link.throttled", None, "link", share.number),
    ]
