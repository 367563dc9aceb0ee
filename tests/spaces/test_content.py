import pytest

from cartable.kernel.errors import Changed, Denied, NotAFile, NotFound, QuotaExceeded
from cartable.spaces import content, homes, listing, sharing, tree, versions
from cartable.spaces.access import Role
from cartable.spaces.models import Blob, Node, Space, Version
from tests.worlds import blob, put, read


def counted(space):
    return Space.objects.values_list("used", "used_versions", "used_trash").get(pk=space)


def test_what_is_written_is_read(world):
    made = put(world.ada, world.maths, "a.txt", b"abc")
    assert read(world.ada, made.id) == b"abc"
    assert counted(world.space) == (1010, 0, 0)


def test_writing_over_keeps_what_was_there(world):
    before = listing.children(world.ada, world.archives)[0].entry
    after, new = content.write(world.ada, world.archives, "note.txt", blob(b"au revoir"))
    assert not new
    assert after.id == world.note
    assert after.etag != before.etag
    assert counted(world.space) == (1009, 7, 0)
    [earlier] = versions.of(world.ada, world.note)
    restored = versions.restore(world.ada, world.note, earlier.id)
    assert read(world.ada, world.note) == b"bonjour"
    assert restored.etag not in {before.etag, after.etag}  # an ETag never has two meanings
    assert counted(world.space) == (1007, 9, 0)


def test_the_same_bytes_written_again_are_a_new_content(world):
    one = put(world.ada, world.root, "a", b"x")
    other = put(world.ada, world.root, "a", b"x")
    assert one.etag != other.etag


def test_a_named_version_outlives_its_restoration(world):
    put(world.ada, world.archives, "note.txt", b"2")
    [earlier] = versions.of(world.ada, world.note)
    versions.name(world.ada, world.note, earlier.id, "Avant le conseil")
    versions.restore(world.ada, world.note, earlier.id)
    assert {one.label for one in versions.of(world.ada, world.note)} == {"Avant le conseil", ""}
    versions.remove(world.ada, world.note, earlier.id)
    assert len(versions.of(world.ada, world.note)) == 1
    with pytest.raises(NotFound):
        versions.remove(world.ada, world.note, earlier.id)


def test_versions_are_shown_to_readers_and_handled_by_writers(world):
    put(world.ada, world.maths, "devoir.pdf", b"2")
    [earlier] = versions.of(world.bob, world.devoir)
    for act in (versions.restore, versions.remove):
        with pytest.raises(Denied):
            act(world.bob, world.devoir, earlier.id)
    with pytest.raises(NotFound):
        versions.of(world.eve, world.devoir)


def test_a_version_belongs_to_its_file(world):
    put(world.ada, world.archives, "note.txt", b"2")
    [earlier] = versions.of(world.ada, world.note)
    with pytest.raises(NotFound):
        versions.restore(world.ada, world.devoir, earlier.id)


def test_a_full_space_takes_nothing_and_loses_nothing(world):
    Space.objects.filter(pk=world.space).update(quota=1010)
    with pytest.raises(QuotaExceeded):
        put(world.ada, world.root, "a.txt", b"1234")
    assert counted(world.space) == (1007, 0, 0)
    assert Blob.objects.count() == 2
    put(world.ada, world.root, "a.txt", b"123")  # to the last byte
    put(world.ada, world.root, "a.txt", b"321")  # of the same size: needs no more room
    with pytest.raises(QuotaExceeded):
        put(world.ada, world.root, "b.txt", b"1")


def test_who_reads_does_not_write(world):
    with pytest.raises(Denied):
        put(world.bob, world.maths, "a.txt")
    with pytest.raises(Denied):
        put(world.bob, world.maths, "devoir.pdf")
    with pytest.raises(NotFound):
        put(world.eve, world.maths, "a.txt")
    with pytest.raises(NotFound):
        read(world.eve, world.devoir)


def test_who_only_sees_takes_no_bytes(world):
    sharing.give(world.ada, world.archives, f"person:{world.eve.person}", Role.VIEW)
    assert [child.entry.id for child in listing.children(world.eve, world.archives)] == [world.note]
    with pytest.raises(Denied):
        read(world.eve, world.note)
    with pytest.raises(Denied):
        versions.of(world.eve, world.note)
    with pytest.raises(Denied):
        tree.copy(world.eve, world.note, into=homes.home_of(world.eve).root)


def test_a_folder_has_no_bytes(world):
    with pytest.raises(NotAFile):
        content.open_file(world.ada, world.cours)
    with pytest.raises(NotAFile):
        put(world.ada, world.root, "Cours")


def test_a_guard_is_asked_inside_the_change(world):
    def refuse(there):
        assert there is not None
        assert there.id == world.note
        raise Changed

    before = Version.objects.count()
    with pytest.raises(Changed):
        content.write(world.ada, world.archives, "note.txt", blob(b"2"), guard=refuse)
    assert read(world.ada, world.note) == b"bonjour"
    assert Version.objects.count() == before


def test_a_deposit_is_blind_and_never_writes_over(world):
    share = sharing.make_link(world.ada, world.archives, Role.DEPOSIT)
    guest, _ = sharing.follow(share.link)
    made, new = content.write(guest, world.archives, "note.txt", blob(b"devoir rendu"), deposit=True)
    assert (made.name, new) == ("note (2).txt", True)
    for hidden in (world.note, made.id, world.cours):
        with pytest.raises(NotFound):
            read(guest, hidden)
    with pytest.raises(NotFound):
        listing.children(guest, world.archives)
    below = tree.make_folder(world.ada, world.archives, "Privé").id
    with pytest.raises(NotFound):
        content.write(guest, below, "x", blob(), deposit=True)


def test_a_file_sent_in_pieces_is_read_whole_and_in_part(world):
    pieces = [blob(data) for data in (b"abc", b"", b"defg", b"h")]
    joined = content.joined_blob([(one.key, one.size) for one in pieces])
    made, _ = content.write(world.ada, world.root, "gros.bin", joined)
    held = content.open_file(world.ada, made.id)
    assert b"".join(held.blocks()) == b"abcdefgh"
    for start in range(9):
        for length in range(9):
            assert b"".join(held.blocks(start, length)) == b"abcdefgh"[start : start + length]


def test_a_date_changes_the_etag_and_marks_those_above(world):
    before = Node.objects.get(pk=world.root).seq
    etag = listing.children(world.ada, world.archives)[0].entry.etag
    dated = content.date(world.ada, world.note, 1_700_000_000)
    assert dated.mtime == 1_700_000_000
    assert dated.etag != etag
    assert Node.objects.get(pk=world.root).seq > before
