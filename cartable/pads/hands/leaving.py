"""What becomes of what a person wrote in pads: in their export, erased, two people made one. Declared in `apps.py`."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from cartable.identity import lifecycle
from cartable.identity.sheets import Column, Sheet
from cartable.pads.addresses.models import Visit
from cartable.pads.hands.models import Hand

SHOWN = {"title": Column(_("Titre, quand vous l’avez ouvert"))}


def export(person: int) -> Iterator[Sheet]:
    """Yield in which pads a person wrote."""
    titles = dict(Visit.objects.filter(person=person).values_list("node", "title"))
    nodes = Hand.objects.filter(person=person).order_by("node").values_list("node", flat=True).distinct()
    rows = [{"node": node, "title": titles.get(node, "")} for node in nodes]
    yield Sheet("pads-written", _("Pads où vous avez écrit"), rows, SHOWN)


def erase(person: int) -> None:
    """Forget which text a person wrote: the text stays."""
    Hand.objects.filter(person=person).delete()


def merge(survivor: int, loser: int) -> list[int]:
    """Say that the survivor wrote what the other did; return those rows."""
    return lifecycle.hand_over(Hand.objects.filter(person=loser), "person", survivor)


def unmerge(survivor: int, loser: int, rows: list[Any]) -> None:
    """Give those back."""
    lifecycle.hand_back(Hand.objects.all(), rows, "person", survivor, loser)
