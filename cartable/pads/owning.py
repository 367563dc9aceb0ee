"""One process at a time has a pad open: it holds a lease of it, and its number, the fence.

A lease is renewed every RENEWED seconds and lasts LASTS. Clocks may differ and processes sleep: who lost a lease may believe to
hold it still. So each transaction of the log asks for it (`hold`), and waits for whoever takes it away, or makes them wait.
Who dies gives nothing back, and who cannot write a file says so: of both another process hears (`left`).
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connections
from django.db.models import Q

from cartable.kernel import clock
from cartable.kernel.errors import Locked
from cartable.options import options
from cartable.pads.databases import alias
from cartable.pads.models import Owner

LASTS, RENEWED = 15.0, 5.0  # seconds

_TAKE = """
INSERT INTO pads_owner (node, process, fence, until) VALUES (%s, %s, 1, %s)
ON CONFLICT (node) DO UPDATE SET process = excluded.process, until = excluded.until, fence = pads_owner.fence + 1
WHERE pads_owner.process = excluded.process OR pads_owner.until <= %s
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


def renew(process: str, nodes: Collection[int]) -> set[int]:
    """Make the leases that a process has of some pads last longer, and return those it still has."""
    held = Owner.objects.filter(process=process, until__gt=0, node__in=nodes)
    held.update(until=clock.now().timestamp() + LASTS)
    return set(held.values_list("node", flat=True))


def left(process: str, here: Collection[int], most: int) -> list[int]:
    """Return pads whose file may be behind the text, those left the longest first: nobody gave them back, or who did said so.

    A process asks, which has these pads open: others that bear its name are of one that died.
    """
    lost = Q(until__lte=clock.now().timestamp()) | Q(process=process)
    pads = Owner.objects.filter(lost, until__gt=0).exclude(node__in=here)
    return list(pads.order_by("until").values_list("node", flat=True)[:most])


def put_off(nodes: Collection[int]) -> None:
    """Have some pads that nobody has looked for after all others: their files are in the trash, and may come back."""
    now = clock.now().timestamp()
    Owner.objects.filter(node__in=nodes, until__gt=0, until__lte=now).update(until=now)


def is_open(node: int) -> bool:
    """Return whether any process has a pad open."""
    return Owner.objects.filter(node=node, until__gt=clock.now().timestamp()).exists()


def give_back(lease: Lease, *, behind: bool = False) -> None:
    """Let anybody have the pad; where its file is behind the text, somebody should, soon."""
    _mine(lease, until=_given_back(behind=behind))


def give_back_all(leases: Iterable[Lease], *, behind: bool) -> None:
    """Do so with pads whose leases are held in this transaction."""
    Owner.objects.filter(node__in=[lease.node for lease in leases]).update(until=_given_back(behind=behind))


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


def _given_back(*, behind: bool) -> float:
    return clock.now().timestamp() if behind else 0


def _mine(lease: Lease, **values: object) -> None:
    """Change the row of a pad. Raises OwnedElsewhere if the lease does not hold."""
    row = Owner.objects.filter(node=lease.node, process=lease.process, fence=lease.fence)
    if not row.update(**values):
        raise OwnedElsewhere(lease.node)
