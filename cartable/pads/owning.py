"""One process at a time has a pad open: it holds a lease of it, and its number, the fence.

A lease is renewed every RENEWED seconds and lasts LASTS. Clocks may differ and processes sleep: who lost a lease may believe to
hold it still. So each transaction of the log asks for it (`hold`), and waits for whoever takes it away, or makes them wait.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connections

from cartable.kernel import clock
from cartable.kernel.errors import Locked
from cartable.options import options
from cartable.pads.databases import alias
from cartable.pads.models import Owner

LASTS, RENEWED = 15.0, 5.0  # seconds

_TAKE = """
INSERT INTO pads_owner (node, process, fence, until) VALUES (%s, %s, 1, %s)
ON CONFLICT (node) DO UPDATE SET process = excluded.process, until = excluded.until, fence = pads_owner.fence + 1
WHERE pads_owner.process = excluded.process OR pads_owner.until < %s
RETURNING fence, blob, sha256
"""
_HELD = "SELECT node, process, fence FROM pads_owner WHERE node IN ({}) ORDER BY node {}"


@dataclass(frozen=True, slots=True)
class Lease:
    """That a process has a pad open, and the fence that nobody had before it."""

    node: int
    process: str
    fence: int


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the file of a pad held when the two last agreed, and the digest of what was to be written to it next."""

    blob: int | None
    sha256: bytes | None


class OwnedElsewhere(Locked):
    """Another process has the pad open."""


def this_process() -> str:
    """Return how this process is called. A file is one server's: whoever else wrote into it is dead, and needs not be waited for."""
    alone = "sqlite" in {options.database, options.pads_database}
    return "alone" if alone else secrets.token_hex(8)


def take(node: int, process: str) -> tuple[Lease, Agreed]:
    """Have a pad for this process, and return what was agreed with its file. Raises OwnedElsewhere."""
    now = clock.now().timestamp()
    with connections[alias()].cursor() as cursor:
        cursor.execute(_TAKE, [node, process, now + LASTS, now])
        row = cursor.fetchone()
    if row is None:
        raise OwnedElsewhere(node)
    fence, blob, sha256 = row
    return Lease(node, process, fence), Agreed(blob, None if sha256 is None else bytes(sha256))


def renew(process: str) -> set[int]:
    """Make all leases of a process last longer, and return the pads it still has."""
    Owner.objects.filter(process=process, until__gt=0).update(until=clock.now().timestamp() + LASTS)
    return set(Owner.objects.filter(process=process, until__gt=0).values_list("node", flat=True))


def is_open(node: int) -> bool:
    """Return whether any process has a pad open."""
    return Owner.objects.filter(node=node, until__gt=clock.now().timestamp()).exists()


def give_back(lease: Lease) -> None:
    """Let anybody have the pad."""
    _mine(lease, until=0)


def give_back_all(leases: Iterable[Lease]) -> None:
    """Let anybody have these pads, whose leases are held in this transaction."""
    Owner.objects.filter(node__in=[lease.node for lease in leases]).update(until=0)


def intend(lease: Lease, sha256: bytes) -> None:
    """Keep what is about to be written to the file: whoever finds it there knows whose it is."""
    _mine(lease, sha256=sha256)


def agree(lease: Lease, blob: int | None) -> None:
    """Keep what the file holds now, and the text with it."""
    _mine(lease, blob=blob)


def hold(leases: Iterable[Lease]) -> set[Lease]:
    """Return those of some leases that hold, and keep them held until the transaction ends."""
    wanted = {lease.node: lease for lease in leases}
    connection = connections[alias()]
    if not wanted:
        return set()
    holding = connection.ops.for_update_sql() if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(_HELD.format(", ".join(["%s"] * len(wanted)), holding), sorted(wanted))
        found = {Lease(*row) for row in cursor.fetchall()}
    return found & set(wanted.values())


def _mine(lease: Lease, **values: object) -> None:
    """Change the row of a pad. Raises OwnedElsewhere if the lease does not hold."""
    row = Owner.objects.filter(node=lease.node, process=lease.process, fence=lease.fence)
    if not row.update(**values):
        raise OwnedElsewhere(lease.node)
