"""What becomes of the mentions of a person: what they take away, what is erased, two people made one. Declared in `apps.py`."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from cartable.identity import lifecycle
from cartable.identity.sheets import Column, Sheet
from cartable.pads.extracts.models import Mention

SHOWN = {"at": Column(_("Date")), "name": Column(_("Sous le nom de"))}


def export(person: int) -> Iterator[Sheet]:
    """Yield where a person was mentioned."""
    rows = Mention.objects.filter(person=person).order_by("-at").values("node", "at", "name")
    yield Sheet("pads-mentions", _("Pads où vous êtes mentionné"), rows.iterator(chunk_size=500), SHOWN)


def erase(person: int) -> None:
    """Keep nothing of whom a person was meant by, nor of whom they mentioned."""
    Mention.objects.filter(person=person).delete()
    Mention.objects.filter(by=person).update(by=None)


def merge(survivor: int, loser: int) -> list[list[int]]:
    """Give the survivor the mentions of the other, but where both are; return those rows, and those that the other made."""
    both = list(Mention.objects.filter(person=survivor).values_list("node", flat=True))
    return [
        lifecycle.hand_over(Mention.objects.filter(person=loser).exclude(node__in=both), "person", survivor),
        lifecycle.hand_over(Mention.objects.filter(by=loser), "by", survivor),
    ]


def unmerge(survivor: int, loser: int, rows: list[Any]) -> None:
    """Give those back, unless the other was mentioned in the same pad since."""
    theirs, made = rows
    since = list(Mention.objects.filter(person=loser).values_list("node", flat=True))
    lifecycle.hand_back(Mention.objects.exclude(node__in=since), theirs, "person", survivor, loser)
    lifecycle.hand_back(Mention.objects.all(), made, "by", survivor, loser)
