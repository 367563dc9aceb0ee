"""What becomes of what a person said about pads: what they take away, what is erased, two people made one. Declared in `apps.py`."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from cartable.identity import lifecycle
from cartable.identity.sheets import Column, Sheet
from cartable.pads.comments.models import Comment

SHOWN = {
    "at": Column(_("Dit le")),
    "text": Column(_("Commentaire")),
    "quote": Column(_("À propos de")),
    "proposed": Column(_("Proposé")),
}


def export(person: int) -> Iterator[Sheet]:
    """Yield what a person said."""
    rows = Comment.objects.filter(person=person).order_by("pk").values("node", "at", "text", "quote", "proposed")
    yield Sheet("pads-comments", _("Vos commentaires sur des pads"), rows.iterator(chunk_size=500), SHOWN)


def erase(person: int) -> None:
    """Leave what a person said to those they said it to, without who it was."""
    Comment.objects.filter(person=person).update(person=None)
    Comment.objects.filter(judge=person).update(judge=None)


def merge(survivor: int, loser: int) -> list[list[int]]:
    """Give the survivor what the other said and judged; return those rows."""
    return [
        lifecycle.hand_over(Comment.objects.filter(person=loser), "person", survivor),
        lifecycle.hand_over(Comment.objects.filter(judge=loser), "judge", survivor),
    ]


def unmerge(survivor: int, loser: int, rows: list[Any]) -> None:
    """Give those back."""
    said, judged = rows
    lifecycle.hand_back(Comment.objects.all(), said, "person", survivor, loser)
    lifecycle.hand_back(Comment.objects.all(), judged, "judge", survivor, loser)
