"""What becomes of the notices of a person: what they take away, what is erased, two people made one. Declared in `apps.py`."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from cartable.identity import lifecycle, people
from cartable.identity.sheets import Column, Row, Sheet
from cartable.kernel.bulk import among
from cartable.kernel.models import Notice
from cartable.portal import notices

TOLD = {"at": Column(_("Date")), "said": Column(_("Notification"))}


def told(person: int) -> Iterator[Sheet]:
    """Yield what a person was told."""
    lines = notices.of(people.actor_of(person))
    rows: list[Row] = [{"at": one.at, "said": one.said} for one in lines]
    yield Sheet("notices", _("Vos notifications"), iter(rows), TOLD)


def erase(person: int) -> None:
    """Keep nothing of what a person was told; what they did is told without who it was."""
    Notice.objects.filter(person=person).delete()
    Notice.objects.filter(by=person).update(by=None)


def merge(survivor: int, loser: int) -> list[list[int]]:
    """Give the survivor what the other was told, but for what both have not read; return those rows, and what the other did."""
    unread = Notice.objects.filter(read_at=None)
    both = set(unread.filter(person=survivor).values_list("kind", "about"))
    theirs = Notice.objects.filter(person=loser).values_list("pk", "kind", "about", "read_at")
    rows = [pk for pk, kind, about, read_at in theirs if read_at or (kind, about) not in both]
    return [
        lifecycle.hand_over(Notice.objects.filter(among("pk", rows)), "person", survivor),
        lifecycle.hand_over(Notice.objects.filter(by=loser), "by", survivor),
    ]


def unmerge(survivor: int, loser: int, rows: list[Any]) -> None:
    """Give those back."""
    theirs, did = rows
    lifecycle.hand_back(Notice.objects.all(), theirs, "person", survivor, loser)
    lifecycle.hand_back(Notice.objects.all(), did, "by", survivor, loser)
