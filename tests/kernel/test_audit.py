"""The audit trail: what is kept of an act, and that the database keeps it."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from cartable.kernel import audit, clock, logs, retentions
from cartable.kernel.errors import Denied, Locked, NotFound
from cartable.kernel.models import Act
from cartable.options import options
from tests.options import having

pytestmark = pytest.mark.django_db
SQLITE = import_module("cartable.kernel.migrations.0003_acts_are_kept").SQLITE


@pytest.fixture
def guarded():
    if connection.vendor == "sqlite":  # see tests/conftest.py
        connection.cursor().execute(SQLITE[1])


def aged(days, verb=None):
    audit.record("node.share", node=12)
    act = Act.objects.latest("id")
    return Act.objects.create(at=clock.now() - timedelta(days=days), verb=verb or act.verb, kind="node", object=12)


def test_an_act_says_who_did_what_to_what_when_and_from_where(time):
    tokens = logs.address.set("192.0.2.7"), logs.request_id.set("r-1")
    audit.record("node.share", person=3, node=12, role="write", until=time.now)
    for variable, token in zip((logs.address, logs.request_id), tokens, strict=True):
        variable.reset(token)
    act = Act.objects.get()
    assert (act.at, act.person, act.verb, act.kind, act.object) == (time.now, 3, "node.share", "node", 12)
    assert act.detail == {"node": 12, "role": "write", "until": "2026-11-24 12:00:00+00:00"}
    assert (act.address, act.request) == ("192.0.2.7", "r-1")


def test_an_act_may_be_nobodys_and_about_nothing_that_has_a_number():
    audit.record("sign-in.refused", reason="unknown address")
    act = Act.objects.get()
    assert (act.person, act.kind, act.object) == (None, "", None)
    assert act.detail == {"reason": "unknown address"}


def test_acts_are_found_by_what_they_are_about_and_by_who_did_them_the_latest_first():
    for person, node in [(3, 12), (3, 13), (4, 12)]:
        audit.record("node.share", person=person, node=node)
    assert [act.person for act in audit.acts_on("node", 12)] == [4, 3]
    assert [act.object for act in audit.acts_of(3)] == [13, 12]
    assert len(audit.acts_of(3, limit=1)) == 1


def test_acts_are_read_page_by_page():
    for node in range(5):
        audit.record("node.share", person=3, node=node)
    first = audit.acts_of(3, limit=2)
    assert [act.object for act in audit.acts_of(3, before=first[-1].pk, limit=2)] == [2, 1]
    assert [act.object for act in audit.acts_on("node", 0, 1, 4, before=first[0].pk)] == [1, 0]
    assert audit.acts_on("node") == []


def test_what_is_repeated_is_kept_once_an_hour_for_each_person_and_thing(time):
    for _ in range(2):
        for person, link in [(3, 1), (4, 1), (3, 2)]:
            audit.record_once("link.open", person=person, link=link, node=12)
    assert [(act.person, act.object) for act in Act.objects.order_by("pk")] == [(3, 1), (4, 1), (3, 2)]
    time.advance(hours=1)
    audit.record_once("link.open", person=3, link=1)
    assert Act.objects.count() == 4


def test_who_is_not_known_is_told_by_the_network():
    for address in ("192.0.2.7", "192.0.2.8", "2001:db8::1", "2001:db8::2", "192.0.2.7"):
        token = logs.address.set(address)
        audit.record_once("link.open", link=1)
        logs.address.reset(token)
    assert [act.address for act in Act.objects.order_by("pk")] == ["192.0.2.7", "192.0.2.8", "2001:db8::1"]


def test_only_what_is_denied_and_named_is_a_refusal_to_keep():
    for refusal in (NotFound(12), Denied(), Denied(3), Locked()):
        audit.refused(refusal)
    assert not Act.objects.exists()
    audit.refused(Denied(3, node=12))
    act = Act.objects.get()
    assert (act.verb, act.person, act.kind, act.object) == ("refused", 3, "node", 12)


def test_an_act_goes_with_the_transaction_that_is_undone():
    with transaction.atomic():
        audit.record("node.share", node=12)
        transaction.set_rollback(True)
    assert not Act.objects.exists()


def test_the_database_refuses_to_change_an_act(guarded):
    audit.record("node.share", person=3, node=12)
    with pytest.raises(IntegrityError), transaction.atomic():
        Act.objects.update(person=4)
    assert Act.objects.get().person == 3


def test_the_database_refuses_to_delete_an_act_younger_than_a_year(guarded):
    aged(days=364)
    with pytest.raises(IntegrityError), transaction.atomic():
        Act.objects.all().delete()
    assert Act.objects.count() == 2


def test_old_acts_are_forgotten(guarded):
    aged(days=options.audit_days + 1)
    kept = aged(days=options.audit_days - 1).pk
    assert audit.forget_old() == 1
    assert set(Act.objects.values_list("pk", flat=True)) >= {kept}
    assert Act.objects.count() == 3


def test_connections_are_forgotten_before_acts(guarded):
    old = [aged(verb=verb, days=400).verb for verb in ("sign-in", "sign-in.refused", "link.open", "link", "share")]
    young = aged(verb="sign-in", days=365).pk
    assert audit.forget_old() == 3
    assert set(Act.objects.filter(verb__in=old).exclude(pk=young).values_list("verb", flat=True)) == {"link", "share"}
    assert Act.objects.filter(pk=young).exists()


def test_no_option_keeps_less_than_the_database_insists_on(guarded, monkeypatch):
    monkeypatch.setattr(retentions, "options", having(audit_days=3, sign_in_days=3))
    kept = aged(verb="sign-in", days=300).pk
    audit.forget_old()
    assert Act.objects.filter(pk=kept).exists()
