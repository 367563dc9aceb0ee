"""How nodes are named in their folder: what a name may be, who has it, which is free.

A name is looked for by its folder alone, and its folder has one space: which one need not be said, and so the rows of a
large folder may be given to another space one batch after another, with nobody seeing which were (`crossing.py`).
"""

import unicodedata

from django.db import connection

from cartable.kernel.errors import BadName
from cartable.spaces.entries import COLUMNS, FROM, Entry
from cartable.spaces.models import Node

MAX_NAME = 255  # bytes of UTF-8: NAME_MAX of ext4, the strictest of the disks we sync to
TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})  # Unicode Bidirectional Algorithm

_CHILD = f"SELECT {COLUMNS} FROM {FROM} WHERE n.parent_id = %s AND n.name = %s AND n.trashed_at IS NULL"  # noqa: S608


def clean_name(raw: str) -> str:
    """Return a name as we store and compare it, in NFC (RFC 5198; macOS sends NFD).

    Raises BadName if it is empty, "." or "..", holds "/" or a control character, or exceeds MAX_NAME.
    """
    name = unicodedata.normalize("NFC", raw)
    why = _unfit(name)
    if why:
        raise BadName(raw, why)
    return name


def typed_name(raw: str) -> str:
    """Return a name as somebody gives it on a page, without the spaces around it.

    Sync clients may send marks that turn the writing round (a file that seems to end in .jpg and ends in .exe), and we
    keep what they send; nobody means to type them. Raises BadName for these too.
    """
    name = clean_name(raw.strip())
    if any(unicodedata.bidirectional(c) in TURNING for c in name):
        raise BadName(raw)
    return name


def _unfit(name: str) -> str:
    """Return what is wrong with a name, empty if nothing is. Pure."""
    if name in {"", ".", ".."}:
        return "dots" if name else "empty"
    if "/" in name:
        return "slash"
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in name):
        return "marks"
    return "long" if len(name.encode()) > MAX_NAME else ""


def child(folder: Entry, name: str) -> Entry | None:
    """Return what has this clean name in a folder, without asking who may see it."""
    with connection.cursor() as cursor:
        cursor.execute(_CHILD, [folder.id, name])
        row = cursor.fetchone()
    return None if row is None else Entry._make(row)


def free_name(folder: Entry, name: str) -> str:
    """Return `name`, or the first of `name (2)`, `name (3)`… that nothing has in the folder."""
    stem = _parts(name)[0]
    alike = Node.objects.filter(parent_id=folder.id, trashed_at=None, name__startswith=stem[:60])
    taken = set(alike.values_list("name", flat=True))
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = numbered(name, number)
    return candidate


def numbered(name: str, number: int) -> str:
    """Return a name with a number before its suffix, `name (2).txt`, no longer than a name may be. Pure."""
    stem, suffix = _parts(name)
    mark = f" ({number}){suffix}"
    return stem.encode()[: MAX_NAME - len(mark.encode())].decode(errors="ignore") + mark


def _parts(name: str) -> tuple[str, str]:
    dot = name.rfind(".")
    return (name[:dot], name[dot:]) if dot > 0 else (name, "")
