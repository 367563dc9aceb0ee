"""Everything a person has here, as one zip: `index.html` that reads alone, one JSON a subject, `files/`, and `trash/`, what was thrown away.

Each package says in its `apps.py` what it has (`export`), as sheets and files, in an order that is the same each time; and what
earlier versions it has of these (`export_versions`), for who wants them too: they may be many times as large. The zip is made as it is read: memory holds one batch of rows or one block of a file, and an entry of its list a file. What is
secret is not in it: of passwords, keys and codes, only that they are.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext, override
from zipstream import ZIP_DEFLATED, ZIP_STORED, ZipStream

from cartable.identity import lifecycle, own
from cartable.identity.models import Person
from cartable.identity.sheets import Column, File, Row, Sheet, Weight
from cartable.kernel import audit, clock
from cartable.kernel.errors import TooLarge
from cartable.options import public_url
from cartable.web import formats

SHOWN = 200  # rows of a sheet that the index shows; the JSON has all
STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem; } th { background: #eee; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border: 1px solid #bbb; overflow-wrap: break-word; }
"""
MOST = (
    100_000  # earlier versions of one zip: its end lists them all again, and the library holds that list, 50 MB of it
)


@dataclass(slots=True)
class Told:
    """A sheet as the index shows it."""

    name: str
    title: str | Promise
    columns: Mapping[str, Column]
    count: int = 0
    rows: list[list[str]] = field(default_factory=list)

    @property
    def file(self) -> str:
        """The JSON that has all of it."""
        return f"{self.name}.json"


def name_of(person: Person) -> str:
    """Return what the zip of today is called."""
    return f"cartable-{person.sub}-{clock.today()}.zip"


def weigh_versions(person: Person) -> Weight:
    """Return how much the earlier versions would add, at most."""
    found = [weigh(person.pk) for weigh in lifecycle.declared("weigh_versions").values()]
    return Weight(sum(one.count for one in found), sum(one.size for one in found))


def export(person: Person, *, by: int | None = None, versions: bool = False) -> Iterator[bytes]:
    """Yield everything a person has here, as a zip, with the earlier versions if wanted. It is kept that somebody took it away.

    Raises TooLarge if these are more than MOST.
    """
    if versions and weigh_versions(person).count > MOST:
        raise TooLarge(MOST)
    audit.record("person.export", person=by, account=person.pk)
    return _zip(person, versions=versions)


def save(person: Person, to: Path, *, versions: bool = False) -> None:
    """Write everything a person has here to a new file, for the eyes of whoever runs the site alone.

    It has its name once it is whole and durable. Raises FileExistsError, OSError, TooLarge.
    """
    if to.exists():
        raise FileExistsError(to)
    part = to.with_name(f".{to.name}.part")
    try:
        with part.open("wb") as out:
            part.chmod(0o600)
            for block in export(person, versions=versions):
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        part.rename(to)
    finally:
        part.unlink(missing_ok=True)


def _zip(person: Person, *, versions: bool) -> Iterator[bytes]:
    made, told, files = ZipStream(compress_type=ZIP_DEFLATED), list[Told](), Counter[str]()
    for one in contents(person, versions=versions):
        if isinstance(one, Sheet):
            told.append(Told(one.name, one.title, one.columns))
            made.add(_as_json(one.rows, told[-1], person.language), told[-1].file)
        else:
            files[one.top] += 1
            made.add(one.blocks(), f"{one.top}/{one.path}", compress_type=ZIP_STORED, size=one.size)
        yield from made.all_files()
    made.add(_index(person, told, files), "index.html")
    yield from made.finalize()


def contents(person: Person, *, versions: bool = False) -> Iterator[Sheet | File]:
    """Yield what is in the zip of a person; the rows of a sheet, and the bytes of a file, are read once."""
    yield from own.export(person)
    for what in ("export", "export_versions") if versions else ("export",):
        for _label, packed in sorted(lifecycle.declared(what).items()):
            yield from packed(person.pk)


def _as_json(rows: Iterable[Row], told: Told, language: str) -> Iterator[bytes]:
    """Yield rows as a JSON list, one a line, and keep the first ones for the index."""
    for row in rows:
        yield (b",\n" if told.count else b"[\n") + json.dumps(row, cls=Encoder, ensure_ascii=False).encode()
        told.count += 1
        if told.count <= SHOWN:
            with override(language):  # never around a `yield`: the thread serves others meanwhile
                told.rows.append([_cell(column.words(row.get(name))) for name, column in told.columns.items()])
    yield b"\n]\n" if told.count else b"[]\n"


class Encoder(DjangoJSONEncoder):
    """Dates as ISO 8601 has them, values of ours as their fields, words in French."""

    def default(self, o: Any) -> Any:
        """Return what stands for a value that JSON does not know."""
        return own.fields(o) if hasattr(o, "__dataclass_fields__") else super().default(o)


def _cell(value: Any) -> str:
    """Return a value as a cell of the index shows it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("oui") if value else gettext("non")
    if isinstance(value, datetime):
        at = formats.local(value)
        return f"{formats.short_day(at)} {at:%H:%M}"
    if isinstance(value, date):
        return formats.short_day(value)
    return formats.harmless(str(value))


def _index(person: Person, told: list[Told], files: Mapping[str, int]) -> str:
    context = {
        "person": person,
        "told": [one for one in told if one.rows],
        "nothing": [one for one in told if not one.rows],
        "files": files["files"],
        "versions": files["versions"],
        "trash": files["trash"],
        "day": clock.today(),
        "site": public_url(),
        "most": SHOWN,
        "style": STYLE,
    }
    with override(person.language):
        return render_to_string("identity/export_index.html", context)
