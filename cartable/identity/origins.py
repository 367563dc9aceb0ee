"""By whom a fact was stated, as people read it: of which academy, and from which of its directories."""

import csv
from collections.abc import Mapping
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity.names import fold
from cartable.identity.zones import ACADEMIES

LABEL_MAX = 20  # characters of a source, before its stream
STREAMS: Mapping[str, str | Promise] = {  # how a source states things: the second word of its name
    "aaf-1d": _("annuaire du premier degré"),
    "aaf-2d": _("annuaire du second degré"),
    "csv": _("tableau"),
    "scim": _("annuaire en continu"),
    "scim-file": _("fichier SCIM"),
}


@cache
def _names() -> dict[str, str]:
    """Return what academies are called, by their code, and by how sources have them."""
    with ACADEMIES.open(newline="") as file:
        rows = [(row["code"], row["name"]) for row in csv.DictReader(file)]
    return dict(rows) | {label(name): name for _code, name in rows}


def label(academy: str) -> str:
    """Return how the name of a source begins that states for an academy."""
    return fold(academy).upper()[:LABEL_MAX]


def academy(scope: str) -> str:
    """Return what the academy of a code is called; who else states, by their own name."""
    return _names().get(scope, scope)


def said(source: str) -> str:
    """Return what a source is called, of one of its records (`Posting.source`) too: Dijon (annuaire du second degré)."""
    who, _space, stream = source.partition(" #")[0].rpartition(" ")
    if stream not in STREAMS:
        return academy(source)
    return f"{academy(who)} ({STREAMS[stream]})"
