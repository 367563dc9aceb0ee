"""What is kept of texts follows them, by the journal of the tree; it goes with them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cartable.kernel import models as kernel
from cartable.pads.extracts import keeping, tasks
from cartable.pads.extracts.models import Extract, Link, Place, Task
from cartable.spaces import content, journal, trash, tree
from tests.worlds import blob, put


def found(*words):
    return sorted(keeping.WORDS.find(words))


@pytest.fixture
def volcans(world):
    """A text of Ada's, read once."""
    node = put(world.ada, world.maths, "volcans.md", b"# Volcans\n\nla lave [autre](b.md)\n\n- [ ] voir\n").id
    keeping.follow()
    return node


def test_all_texts_there_are_are_read_the_first_time_and_nothing_else(world, volcans):
    row = Extract.objects.get()
    assert (row.node, row.space, row.title) == (volcans, world.space, "Volcans")
    assert found("lave") == found("volc", "lav") == [volcans]
    assert Link.objects.get().path == "b.md"
    assert (Task.objects.get().text, Place.objects.get().node) == ("voir", None)


def test_a_change_takes_the_place_of_what_was_said(world, volcans):
    content.write_over(world.ada, volcans, blob(b"# Glaciers\n"))
    keeping.follow()
    assert (found("lave"), found("glaciers")) == ([], [volcans])
    assert Extract.objects.get().title == "Glaciers"
    assert (Link.objects.count(), Task.objects.count()) == (0, 0)


def test_what_becomes_a_text_by_its_name_and_what_is_copied_with_a_folder_is_read(world, volcans):
    note = put(world.ada, world.maths, "note.txt", b"# Notes\n").id
    keeping.follow()
    assert found("notes") == []
    tree.move(world.ada, note, into=world.maths, name="note.md")
    copied = tree.copy(world.ada, world.cours, into=world.archives)
    keeping.follow()
    assert note in found("notes")
    assert len(found("lave")) == len(found("notes")) == 2
    assert copied


def test_a_line_that_comes_to_be_seen_late_is_read(world, volcans, later):
    """PostgreSQL gives ids before it shows rows: what was read last is read again for a while."""
    later(seconds=30)
    put(world.ada, world.maths, "b.md", b"tardif")
    keeping.follow()
    Extract.objects.exclude(node=volcans).delete()  # as if its line had not been there to read
    keeping.follow()
    assert Extract.objects.count() == 2
    later(minutes=2)
    keeping.follow()
    assert Place.objects.get().line == journal.last()


def test_where_nothing_changed_it_costs_the_same_however_many_there_are(world, volcans, later):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            keeping.follow()
        return len(asked)

    later(minutes=2)
    assert cost() <= 3
    for number in range(5):
        put(world.ada, world.maths, f"{number}.md", b"texte")
    keeping.follow()
    assert cost() <= 6, "what is not settled is looked at again, and not read"
    later(minutes=2)
    keeping.follow()
    assert cost() <= 2


def test_what_is_no_text_says_nothing(world, volcans):
    content.write_over(world.ada, volcans, blob(b"\xff\xfe\0"))
    keeping.follow()
    assert (found("lave"), Extract.objects.get().title) == ([], "volcans")


def test_what_a_folder_takes_to_another_space_is_noticed_by_night(world, volcans):
    Extract.objects.update(space=world.space + 1, blob=None)
    tasks.look_again.func()
    row = Extract.objects.get()
    assert (row.space, row.blob is None) == (world.space, False)


def test_it_goes_with_the_document_and_not_before(world, volcans):
    kept = put(world.ada, world.maths, "reste.md", b"lave [a](c.md)\n\n- [ ] b\n").id
    keeping.follow()
    trash.discard(world.ada, volcans)
    tasks.look_again.func()
    assert found("lave") == sorted([volcans, kept]), "it may be brought back"
    trash.purge(world.ada, volcans)
    tasks.look_again.func()
    assert found("lave") == [kept]
    for table in (Extract, Link, Task):
        assert list(table.objects.values_list("node", flat=True)) == [kept]


def test_what_was_written_is_read_soon_once_for_all(db):
    tasks.soon()
    tasks.soon()
    assert kernel.Task.objects.filter(key="extracts").count() == 1
