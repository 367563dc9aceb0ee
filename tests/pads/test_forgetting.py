"""Nothing is kept of a document that is erased."""

import pytest

from cartable.pads import log, owning
from cartable.pads.log import Row
from cartable.pads.models import Former, Owner, Snapshot, Update
from cartable.pads.tasks import forget_erased
from cartable.spaces import trash
from tests.worlds import ada_world, put

pytestmark = pytest.mark.django_db(databases="__all__")


def test_what_was_typed_goes_with_the_document_and_not_before():
    world = ada_world()
    kept, gone = (put(world.ada, world.maths, name, b"") for name in ("reste.md", "part.md"))
    for entry in (kept, gone):
        lease, _ = owning.take(entry.id, "one")
        log.fold(lease, b"folded")
        log.begin_anew(lease, 0, b"folded", b"", b"anew")
        log.append([Row(lease, b"typed", world.ada.person)])
    trash.discard(world.ada, gone.id)
    forget_erased.func()
    assert {row.node for row in Owner.objects.all()} == {kept.id, gone.id}, "it may be brought back"
    trash.purge(world.ada, gone.id)
    forget_erased.func()
    for table in (Owner, Snapshot, Former, Update):
        assert list(table.objects.values_list("node", flat=True)) == [kept.id]
