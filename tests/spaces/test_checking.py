import pytest
from django.db.models import F

from cartable.kernel.storage import storage
from cartable.spaces import checking, trash
from cartable.spaces.lineage import MAX_DEPTH
from cartable.spaces.models import Blob, Node, Space
from tests.worlds import ada_world, put


@pytest.fixture
def world(db):
    made = ada_world()
    put(made.ada, made.archives, "note.txt", b"2")
    trash.discard(made.ada, put(made.ada, made.archives, "x", b"123").id)
    return made


def bury(world):
    """Put a document below as many folders as are followed."""
    folder = world.root
    for _ in range(MAX_DEPTH - 1):
        folder = Node.objects.create(space_id=world.space, parent_id=folder, name="d", kind=1).pk
    Node.objects.filter(pk=world.note).update(parent=folder)


def test_a_healthy_tree_has_no_fault(world):
    assert list(checking.faults()) == list(checking.holes()) == []


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda w: Node.objects.filter(pk=w.maths).update(size=5), "a folder's size"),
        (lambda w: Node.objects.filter(pk=w.note).update(size=5), "a file's size"),
        (lambda w: Node.objects.filter(pk=w.note).update(blob=None), "names no bytes"),
        (lambda w: Node.objects.filter(pk=w.devoir).update(parent=w.note), "in a file"),
        (lambda w: Node.objects.filter(pk=w.devoir).update(seq=10**6), "changed later"),
        (lambda w: bury(w), "too deep"),
        (lambda w: Space.objects.update(used=F("used") + 1), "live bytes"),
        (lambda w: Space.objects.update(used_trash=0), "trash"),
        (lambda w: Space.objects.update(used_versions=0), "versions"),
    ],
)
def test_each_damage_is_named(world, damage, what):
    damage(world)
    assert any(what in fault for fault in checking.faults())


def test_missing_bytes_are_named(world):
    storage().delete([Blob.objects.filter(size=1000).get().key])
    assert len(list(checking.holes())) == 1
