"""What was typed, kept in order: a log of updates, and a snapshot of all that came before it.

A pad is read by applying both to an empty document. The log is folded into the snapshot by encoding the document that holds
it: merging the updates of a log is quadratic, 176 s where this takes 2 ms (decision 21). A document that is begun anew has another
number, its epoch, and what it was before is kept for those who come with letters for it (decision 28).
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple

from django.db import connections
from django.db.models import Max
from django.db.transaction import atomic

from cartable.kernel import clock
from cartable.kernel.errors import NotFound
from cartable.pads import owning
from cartable.pads.databases import alias
from cartable.pads.models import Former, Owner, Snapshot, Update
from cartable.pads.owning import Lease

ROWS, BYTES = 500, 256 * 1024  # of a log that is folded
EPOCHS = 2**48  # numbers that are drawn from, so that none is ever two documents: not even where a backup comes back
FORMER = timedelta(days=90)  # that a document is kept after another took its place


class Row(NamedTuple):
    """One row to write: an update, and who typed it."""

    lease: Lease
    data: bytes
    person: int | None


class Logged(NamedTuple):
    """What is kept of a pad: updates to apply in this order, and who typed last, if that is in the log still."""

    updates: list[bytes]
    rows: int
    size: int  # bytes of the log
    person: int | None
    epoch: int = 0
    formers: Mapping[int, bytes] = MappingProxyType(
        {}
    )  # by their epochs, the state vectors of the documents it had before


def append(rows: Sequence[Row]) -> set[Lease]:
    """Make rows durable, in one transaction, and return the leases that hold no more: their rows are not written."""
    leases = {row.lease for row in rows}
    with atomic(using=alias()):
        held = owning.hold(leases)
        _append(row for row in rows if row.lease in held)
    return leases - held


def _append(rows: Iterable[Row]) -> None:
    values = [(row.lease.node, row.person, row.data) for row in rows]
    with connections[alias()].cursor() as cursor:
        cursor.executemany("INSERT INTO pads_update (node, person, data) VALUES (%s, %s, %s)", values)


def load(node: int) -> Logged:
    """Return what is kept of a pad. Who loads has taken it first: nothing can be added by another."""
    state, epoch = Snapshot.objects.filter(node=node).values_list("state", "epoch").first() or (None, 0)
    log = list(Update.objects.filter(node=node).order_by("pk").values_list("data", "person"))
    updates = [bytes(data) for data, _ in log]
    person = next((person for _, person in reversed(log) if person is not None), None)
    size = sum(map(len, updates))
    formers = Former.objects.filter(node=node).values_list("epoch", "clients") if epoch else ()
    known = {number: bytes(clients) for number, clients in formers}
    return Logged([bytes(state), *updates] if state is not None else updates, len(log), size, person, epoch, known)


def fold(lease: Lease, state: bytes) -> None:
    """Replace snapshot and log by a document that holds both. Raises OwnedElsewhere if the lease does not hold."""
    with atomic(using=alias()):
        _hold(lease)
        _fold(lease.node, state)


def begin_anew(lease: Lease, epoch: int, before: bytes, clients: bytes, after: bytes) -> None:
    """Put another document of the same text in place of one, with its log; keep that one as a former. Raises OwnedElsewhere."""
    with atomic(using=alias()):
        _hold(lease)
        Former.objects.create(node=lease.node, epoch=epoch, at=clock.now(), state=before, clients=clients)
        _fold(lease.node, after)
        Snapshot.objects.filter(node=lease.node).update(epoch=1 + secrets.randbelow(EPOCHS))


def former(node: int, epoch: int) -> bytes:
    """Return a document that a pad had before. Raises NotFound."""
    state = Former.objects.filter(node=node, epoch=epoch).values_list("state", flat=True).first()
    if state is None:
        raise NotFound(epoch)
    return bytes(state)


def join(row: Row, epoch: int, state: bytes, clients: bytes) -> None:
    """Append what came for a former document, and keep that it came: both or neither, so that it comes once. Raises OwnedElsewhere."""
    with atomic(using=alias()):
        _hold(row.lease)
        _append([row])
        Former.objects.filter(node=row.lease.node, epoch=epoch).update(state=state, clients=clients)


def forget_formers() -> None:
    """Keep no document longer than FORMER after another took its place."""
    Former.objects.filter(at__lt=clock.now() - FORMER).delete()


def _hold(lease: Lease) -> None:
    """Hold a lease until the transaction ends. Raises OwnedElsewhere."""
    if lease not in owning.hold([lease]):
        raise owning.OwnedElsewhere(lease.node)


def leave(pads: Mapping[Lease, bytes | None], behind: Collection[Lease]) -> None:
    """Let anybody have these pads, of which some have a file that is behind, in one transaction for all.

    The log of each is folded into its document, where that is given.
    """
    with atomic(using=alias()):
        held = owning.hold(pads)
        for lease in held:
            if (state := pads[lease]) is not None:
                _fold(lease.node, state)
        owning.give_back_all(held.difference(behind), behind=False)
        owning.give_back_all(held.intersection(behind), behind=True)


def _fold(node: int, state: bytes) -> None:
    log = Update.objects.filter(node=node)
    last = log.aggregate(last=Max("pk"))["last"] or 0
    Snapshot.objects.update_or_create(node=node, defaults={"state": state})
    log.filter(pk__lte=last).delete()


def nodes(after: int, limit: int = 500) -> list[int]:
    """Return the next documents, by id, of which something is kept; none at the end."""
    return list(Owner.objects.filter(node__gt=after).order_by("node").values_list("node", flat=True)[:limit])


def forget(gone: Collection[int]) -> None:
    """Keep nothing of some documents."""
    with atomic(using=alias()):
        for kept in (Update, Snapshot, Former, Owner):
            kept.objects.filter(node__in=gone).delete()
