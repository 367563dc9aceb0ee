"""Notices: something that befell a person elsewhere, told until they have read it. Once for each kind of thing and what it is about.

    notices.tell({12}, "mention", 340, by=7)      # in the transaction of what happened
    notices.of(12, limit=50)                      # the latest first
    notices.read(12, about=340, kinds=["mention"])

What a kind says, in words, and who may still see what it is about, the services know: they declare it (`web/notices.py`).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from cartable.kernel import clock
from cartable.kernel.models import Notice

KEPT = timedelta(days=90)


class Told(NamedTuple):
    """A notice, as its person has it."""

    id: int
    kind: str
    about: int
    by: int | None
    at: datetime
    is_new: bool


def tell(people: Collection[int], kind: str, about: int, by: int | None = None) -> None:
    """Tell people something that somebody did, but those who have not yet read the same, and who did it. One statement."""
    now = clock.now()
    rows = [Notice(person=one, kind=kind, about=about, by=by, at=now) for one in sorted(people) if one != by]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def of(person: int, limit: int, *, unread: bool = False) -> list[Told]:
    """Return what a person was told, the latest first; `unread`: what they have not read. One query."""
    rows = Notice.objects.filter(person=person, **({"read_at": None} if unread else {})).order_by("-pk")[:limit]
    return [Told(one.pk, one.kind, one.about, one.by, one.at, one.read_at is None) for one in rows]


def read(person: int, *, about: int | None = None, kinds: Collection[str] = ()) -> int:
    """Note that a person has read all of it, or what is about one thing and of these kinds; return how many that was."""
    rows = Notice.objects.filter(person=person, read_at=None)
    if about is not None:
        rows = rows.filter(about=about, kind__in=kinds)
    return rows.update(read_at=clock.now())


def forget_old() -> None:
    """Forget what was told so long ago that nobody reads it."""
    Notice.objects.filter(at__lt=clock.now() - KEPT).delete()
