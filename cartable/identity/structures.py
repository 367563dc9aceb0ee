"""Structures: the ministry, its regions, academies and schools, as dated rows.

The academies are data (`academies.csv`), loaded at each migration: a merger is an edit of that file, never of the code.
"""

import csv
from collections.abc import Collection
from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from cartable.identity import finding
from cartable.identity.models import Domain, Structure
from cartable.identity.names import fold
from cartable.kernel.errors import BadInput, NameTaken, NotFound

ACADEMIES = Path(__file__).with_name("academies.csv")
TITLES = ("", "academie ", "academie d ", "academie de ", "academie de la ")  # before the name of an academy, folded
UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"  # without I, O, Q
Kind = Structure.Kind


def uai_is_valid(uai: str) -> bool:
    """Return whether a school's code is seven digits and their check letter (the number modulo 23)."""
    return len(uai) == 8 and uai[:7].isascii() and uai[:7].isdigit() and uai[7] == UAI_LETTERS[int(uai[:7]) % 23]


@transaction.atomic
def load() -> None:
    """Bring the ministry, the regions and the academies up to date with `academies.csv`. Writes nothing new if all is there."""
    with ACADEMIES.open(newline="") as file:
        rows = list(csv.DictReader(file))
    ministry = _put(Kind.MINISTRY, "MEN", "Éducation nationale", None)
    regions = {
        name: _put(Kind.REGION, _region_code(name), name, ministry) for name in {row["region"] for row in rows} - {""}
    }
    academies = {
        row["code"]: _put(
            Kind.ACADEMY,
            row["code"],
            row["name"],
            regions.get(row["region"], ministry),
            opened=_day(row["opened"]),
            closed=_day(row["closed"]),
        )
        for row in rows
    }
    for row in rows:
        if row["successor"]:
            successor = academies[row["successor"]]
            Structure.objects.filter(kind=Kind.ACADEMY, code=row["code"]).update(successor=successor)
        for domain in row["domains"].split():
            until = {"until": _day(row["closed"])}
            Domain.objects.get_or_create(name=domain, defaults={"structure": academies[row["code"]], **until})


def academy(name_or_code: str) -> Structure:
    """Return the academy of a name (DIJON, « Académie d’Aix-Marseille », as people spell it) or of a number (07). Raises NotFound."""
    wanted = fold(name_or_code)
    by = {"code": wanted.zfill(2)} if wanted.isdigit() else {"folded__in": {wanted.removeprefix(one) for one in TITLES}}
    found = Structure.objects.filter(kind=Kind.ACADEMY, **by).first()
    if found is None:
        raise NotFound(name_or_code)
    return found


def names_of_academies() -> list[str]:
    """Return what the academies are called, folded."""
    return list(Structure.objects.filter(kind=Kind.ACADEMY).values_list("folded", flat=True))


def school(uai: str) -> Structure:
    """Return the school of a UAI code, in any case. Raises NotFound."""
    found = Structure.objects.filter(kind=Kind.SCHOOL, code=uai.strip().upper()).first()
    if found is None:
        raise NotFound(uai)
    return found


def is_school(structure_id: int) -> bool:
    """Return whether a structure is a school: one where people work together, with none below it."""
    return Structure.objects.filter(pk=structure_id, kind=Kind.SCHOOL).exists()


@transaction.atomic
def open_school(uai: str, name: str, parent: Structure) -> Structure:
    """Record a school. Raises BadInput if the code's letter is wrong, NameTaken if it is known."""
    uai = uai.strip().upper()
    if not uai_is_valid(uai):
        raise BadInput(uai)
    if Structure.objects.filter(kind=Kind.SCHOOL, code=uai).exists():
        raise NameTaken(uai)
    school = Structure.objects.create(kind=Kind.SCHOOL, code=uai, name=name, folded=fold(name), parent=parent)
    finding.follow_places([school.pk])
    return school


def named(text: str) -> Structure:
    """Return the structure that somebody types: the code of a school, a department, a region or the ministry (MEN), as we have
    it though its letter be wrong; or an academy's name or number. Raises NotFound."""
    wanted = text.strip().upper()
    if not wanted.isprintable():
        raise NotFound(text)
    codes = {wanted, wanted.lower()}  # those of regions are in lower case
    found = Structure.objects.filter(code__in=codes).exclude(kind=Kind.ACADEMY).first()
    return found or academy(wanted)


_ABOVE = """
WITH RECURSIVE up(id, parent_id) AS (
    SELECT id, parent_id FROM identity_structure WHERE id = %s
    UNION ALL
    SELECT s.id, s.parent_id FROM identity_structure s JOIN up ON s.id = up.parent_id
)
SELECT id FROM up
"""
_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM identity_structure WHERE id IN ({})
    UNION
    SELECT s.id FROM identity_structure s JOIN below ON s.parent_id = below.id
)
SELECT id FROM below
"""


def chain(structure_id: int) -> list[int]:
    """Return the ids of a structure and of all above it; none, if there is no such structure. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, [structure_id])
        return [row[0] for row in cursor.fetchall()]


def below(structure_ids: Collection[int]) -> QuerySet[Structure]:
    """Return some structures and all that is below them."""
    if not structure_ids:
        return Structure.objects.none()
    ids = RawSQL(_BELOW.format(", ".join(["%s"] * len(structure_ids))), sorted(structure_ids))  # noqa: S611 - its text is ours
    return Structure.objects.filter(pk__in=ids)


def by_id(structure_id: int) -> Structure:
    """Return the structure of an id of the database. Raises NotFound."""
    found = Structure.objects.filter(pk=structure_id).first()
    if found is None:
        raise NotFound(structure_id)
    return found


def _put(kind: str, code: str, name: str, parent: Structure | None, **dates: date | None) -> Structure:
    wanted = {"name": name, "folded": fold(name), "parent": parent, **dates}
    structure, made = Structure.objects.get_or_create(kind=kind, code=code, defaults=wanted)
    changed = not made and any(getattr(structure, field) != value for field, value in wanted.items())
    if changed:
        Structure.objects.filter(pk=structure.pk).update(**wanted)
    if made or changed:
        finding.follow_places([structure.pk])
    return structure


def _region_code(name: str) -> str:
    return "".join(word[0:2] for word in fold(name).split())[:8]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
