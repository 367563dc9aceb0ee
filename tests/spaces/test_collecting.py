from datetime import timedelta

import pytest

from cartable.kernel import clock
from cartable.kernel.storage import storage
from cartable.spaces import collecting, content, tasks, trash, tree, versions
from cartable.spaces.models import Blob, Node
from tests.worlds import ada_world, blob, put, read


@pytest.fixture
def world(db):
    return ada_world()


def there(key):
    try:
        return b"".join(storage().read(key))
    except Exception as missing:  # noqa: BLE001
        return type(missing).__name__


def keys_of(node):
    row = Blob.objects.get(pk=Node.objects.get(pk=node).blob_id)
    return [row.key] if row.parts is None else [key for key, _ in row.parts]


def test_bytes_go_a_day_after_the_last_name(world, later):
    [key] = keys_of(world.note)
    trash.discard(world.ada, world.note)
    trash.purge(world.ada, world.note)
    assert collecting.mark() == 1
    assert collecting.collect() == 0
    assert there(key) == b"bonjour"
    later(hours=25)
    assert collecting.collect() == 1
    assert there(key) == "Missing"
    assert collecting.collect() == 0


def test_a_blob_that_is_named_again_stays(world, later):
    copied = tree.copy(world.ada, world.note, into=world.cours)
    for node in (world.note, copied.id):
        trash.discard(world.ada, node)
    trash.purge(world.ada, world.note)
    assert collecting.mark() == 0  # the copy, though in the trash, still names it
    trash.purge(world.ada, copied.id)
    row = Blob.objects.filter(size=7).get()
    assert collecting.mark() == 1
    Node.objects.filter(pk=world.devoir).update(blob_id=row.pk)
    later(days=2)
    assert collecting.collect() == 0
    collecting.mark()
    assert Blob.objects.get(pk=row.pk).dead_at is None


def test_a_version_keeps_its_bytes(world, later):
    put(world.ada, world.archives, "note.txt", b"2")
    assert collecting.mark() == 0
    [earlier] = versions.of(world.ada, world.note)
    versions.remove(world.ada, world.note, earlier.id)
    assert collecting.mark() == 1


@pytest.mark.usefixtures("own_day")
def test_bytes_without_a_row_are_found_by_their_day(world):
    today = clock.now().date()
    lost, kept = blob(b"lost"), blob(b"kept")
    pieces = [blob(data) for data in (b"ab", b"cd")]
    made, _ = content.write(world.ada, world.root, "x", content.joined_blob([(one.key, one.size) for one in pieces]))
    found = collecting.orphans(today)
    assert {lost.key, kept.key} <= set(found)
    assert not {*keys_of(made.id), *keys_of(world.note)} & set(found)
    collecting.forget_orphans(today, spared={kept.key})
    assert (there(lost.key), there(kept.key)) == ("Missing", b"kept")
    assert (read(world.ada, made.id), read(world.ada, world.note)) == (b"abcd", b"bonjour")
    assert collecting.orphans(today - timedelta(days=1)) == []


def test_the_checksums_of_a_file_in_pieces_come_later(world):
    pieces = [blob(data) for data in (b"bon", b"jour")]
    made, _ = content.write(world.ada, world.root, "x", content.joined_blob([(one.key, one.size) for one in pieces]))
    assert content.open_file(world.ada, made.id).sha1 is None
    tasks.hash_joined.call(Node.objects.get(pk=made.id).blob_id)
    whole, pieced = content.open_file(world.ada, world.note), content.open_file(world.ada, made.id)
    assert (whole.sha1, whole.sha256, whole.md5) == (pieced.sha1, pieced.sha256, pieced.md5)


def test_what_is_over_goes_by_itself(world, later):
    trash.discard(world.ada, world.note)
    later(days=31)
    tasks.tidy.call()
    assert not Node.objects.filter(pk=world.note).exists()
