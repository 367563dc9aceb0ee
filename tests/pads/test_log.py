"""The log: what was appended is there, in order, and only by who holds the lease."""

import pytest
from django.db import Error, connections
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text

from cartable.kernel.errors import NotFound
from cartable.pads import log, owning
from cartable.pads.databases import alias
from cartable.pads.log import Row
from cartable.pads.models import Snapshot, Update
from cartable.pads.owning import OwnedElsewhere

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def lease():
    return owning.take(7, "one")[0]


def test_what_was_appended_is_loaded_in_order_with_who_typed_last(lease):
    log.append([Row(lease, b"a", 1), Row(lease, b"bc", 2)])
    log.append([Row(lease, b"d", None)])
    assert log.load(7)[:4] == ([b"a", b"bc", b"d"], 3, 4, 2)


def test_who_lost_the_lease_writes_nothing_and_holds_nobody_up(lease):
    other = owning.take(8, "one")[0]
    owning.take(7, "one")
    assert log.append([Row(lease, b"late", 1), Row(other, b"fine", 1)]) == {lease}
    assert (log.load(7).updates, log.load(8).updates) == ([], [b"fine"])


def test_a_batch_is_written_whole_or_not_at_all(lease):
    with pytest.raises(Error):
        log.append([Row(lease, b"a", 1), Row(lease, None, 1)])
    assert log.load(7).updates == []


def test_folding_keeps_what_comes_after(lease):
    log.append([Row(lease, b"a", 1), Row(lease, b"b", 1)])
    log.fold(lease, b"ab")
    log.append([Row(lease, b"c", 3)])
    assert log.load(7)[:4] == ([b"ab", b"c"], 1, 1, 3)
    assert (Snapshot.objects.count(), Update.objects.count()) == (1, 1)


def test_who_lost_the_lease_folds_nothing(lease):
    log.append([Row(lease, b"a", 1)])
    owning.take(7, "one")
    with pytest.raises(OwnedElsewhere):
        log.fold(lease, b"")
    assert log.load(7).updates == [b"a"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.just("fold"), st.text(max_size=5)), max_size=12))
def test_whenever_it_is_folded_the_text_is_there(steps):
    Update.objects.all().delete()
    Snapshot.objects.all().delete()
    lease = owning.take(7, "one")[0]
    doc, updates = Doc({"text": Text()}), []
    watch = doc.observe(lambda event: updates.append(event.update))  # noqa: F841 - it lasts as long as it is kept
    for step in steps:
        if step == "fold":
            log.fold(lease, doc.get_update())
            continue
        doc.get("text", type=Text).insert(0, step)
        log.append([Row(lease, update, 1) for update in updates])
        updates.clear()
    read = Doc({"text": Text()})
    for update in log.load(7).updates:
        read.apply_update(update)
    assert str(read["text"]) == str(doc["text"])


def test_a_commit_is_durable():
    with connections[alias()].cursor() as cursor:
        if connections[alias()].vendor == "sqlite":
            assert cursor.execute("PRAGMA synchronous").fetchone()[0] == 2, "FULL"
            assert "pads.db" in cursor.execute("PRAGMA database_list").fetchone()[2]
        else:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone()[0] == "on"


def test_opening_costs_three_queries_and_appending_three_whatever_the_number(lease, django_assert_num_queries):
    log.append([Row(lease, b"a", 1)] * 50)
    with django_assert_num_queries(3, using=alias()):
        owning.take(7, "one")
        log.load(7)


def test_a_document_that_was_begun_anew_has_another_number_and_what_it_was_is_kept(lease, django_assert_num_queries):
    log.append([Row(lease, b"a", 1)])
    log.begin_anew(lease, 0, b"a", b"clients", b"anew")
    (epoch,) = Snapshot.objects.values_list("epoch", flat=True)
    with django_assert_num_queries(3, using=alias()):
        assert log.load(7) == ([b"anew"], 0, 0, None, epoch, {0: b"clients"})
    assert log.former(7, 0) == b"a"
    log.join(Row(lease, b"late", 2), 0, b"a late", b"more")
    assert log.load(7) == ([b"anew", b"late"], 1, 4, 2, epoch, {0: b"more"})
    assert log.former(7, 0) == b"a late"
    with pytest.raises(NotFound):
        log.former(7, epoch)


def test_who_lost_the_lease_begins_nothing_anew_and_joins_nothing(lease):
    log.begin_anew(lease, 0, b"a", b"clients", b"anew")
    owning.take(7, "one")
    for act in (lambda: log.begin_anew(lease, 1, b"b", b"", b"c"), lambda: log.join(Row(lease, b"x", 1), 0, b"x", b"")):
        with pytest.raises(OwnedElsewhere):
            act()
    assert (log.load(7).updates, log.former(7, 0)) == ([b"anew"], b"a")
