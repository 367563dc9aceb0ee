"""What becomes of a person's history: what they take away, what is erased, two people made one. Declared in `apps.py`."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from cartable.identity import lifecycle
from cartable.identity.sheets import Column, Sheet
from cartable.pads.addresses.models import Visit

VISITS = {"title": Column(_("Titre")), "at": Column(_("Ouvert le")), "pinned": Column(_("Épinglé"))}


def export(person: int) -> Iterator[Sheet]:
    """Yield the pads that a person opened."""
    rows = Visit.objects.filter(person=person).order_by("-at").values("node", "title", "at", "tags", "pinned")
    yield Sheet("pads-opened", _("Pads que vous avez ouverts"), rows.iterator(chunk_size=500), VISITS)


def erase(person: int) -> None:
    """Keep nothing of what a person opened."""
    Visit.objects.filter(person=person).delete()


def merge(survivor: int, loser: int) -> list[int]:
    """Give the survivor what the other opened, but for what both did; return those rows."""
    both = list(Visit.objects.filter(person=survivor).values_list("node", flat=True))
    return lifecycle.hand_over(Visit.objects.filter(person=loser).exclude(node__in=both), "person", survivor)


def unmerge(survivor: int, loser: int, rows: list[Any]) -> None:
    """Give those back, unless the other has opened the same since."""
    since = list(Visit.objects.filter(person=loser).values_list("node", flat=True))
    lifecycle.hand_back(Visit.objects.exclude(node__in=since), rows, "person", survivor, loser)
