"""What was typed, kept in order: a log of updates, and a snapshot of all that came before it.

A pad is read by applying both to an empty document. The log is folded into the snapshot by encoding the document that holds
it: merging the updates of a log is quadratic, 176 s where this takes 2 ms (decision 21).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from django.db import connections
from django.db.models import Max
from django.db.transaction import atomic

from cartable.pads import owning
from cartable.pads.databases import alias
from cartable.pads.models import Owner, Snapshot, Update
from cartable.pads.owning import Lease

ROWS, BYTES = 500, 256 * 1024  # of a log that is folded


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


def append(rows: Sequence[Row]) -> set[Lease]:
    """Make rows durable, in one transaction, and return the leases that hold no more: their rows are not written."""
    leases = {row.lease for row in rows}
    with atomic(using=alias()):
        held = owning.hold(leases)
        values = [(row.lease.node, row.person, row.data) for row in rows if row.lease in held]
        with connections[alias()].cursor() as cursor:
            cursor.executemany("INSERT INTO pads_update (node, person, data) VALUES (%s, %s, %s)", values)
    return leases - held


def load(node: int) -> Logged:
    """Return what is kept of a pad. Who loads has taken it first: nothing can be added by another."""
    state = Snapshot.objects.filter(node=node).values_list("state", flat=True).first()
    log = list(Update.objects.filter(node=node).order_by("pk").values_list("data", "person"))
    updates = [bytes(data) for data, _ in log]
    person = next((person for _, person in reversed(log) if person is not None), None)
    size = sum(map(len, updates))
    return Logged([bytes(state), *updates] if state is not None else updates, len(log), size, person)


def fold(lease: Lease, state: bytes) -> None:
    """Replace snapshot and log by a document that holds both. Raises OwnedElsewhere if the lease does not hold."""
    with atomic(using=alias()):
        if lease not in owning.hold([lease]):
            raise owning.OwnedElsewhere(lease.node)
        _fold(lease.node, state)


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
        for kept in (Update, Snapshot, Owner):
            kept.objects.filter(node__in=gone).delete()
