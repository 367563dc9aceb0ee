"""A feed as a table: CSV in UTF-8, one line for each posting, those of a person one after another.

    key,last_name,first_name[,birth_name,birth_date,mail,national_id,uai,structure,academy,function,discipline,start,end,operation]

`key` is the feed's own number of the person; `end` is the last day worked; dates are 2026-09-01. Somebody without `uai` is
posted to the academy. `structure` and `academy` name a school we may not know. A column `operation` (add, modify, delete)
makes it a feed of changes: each states a person whole. The separator is a comma, a semicolon or a tab.
"""

import csv
from collections.abc import Iterator
from datetime import date
from itertools import groupby, islice
from pathlib import Path

from cartable.identity.feeds.facts import NO_TEXT, Agent, Duty, Fact, Gone, Mistakes, Place, Refused, dated, is_text
from cartable.identity.feeds.lines import lines
from cartable.kernel.errors import BadInput

NEEDED = ("key", "last_name", "first_name")
OPTIONAL = (
    "birth_name", "birth_date", "mail", "national_id", "uai", "structure", "academy",
    "function", "discipline", "start", "end", "operation",
)  # fmt: skip
OPERATIONS = ("", "add", "modify", "delete")
POSTINGS_MAX = 1000  # of a person
Line = tuple[int, dict[str, str]]


def is_complete(path: Path) -> bool:
    """Return whether the table states everything: it has no column `operation`. Raises BadInput if it is no such table."""
    return "operation" not in _header(path)[0]


def facts(path: Path) -> Iterator[Fact]:
    """Yield what a table states. Raises BadInput, one line with file and position."""
    columns, separator = _header(path)
    places: dict[str, tuple[str, str]] = {}
    seen: set[str] = set()
    for key, of_one in groupby(_rows(path, columns, separator), lambda row: row[1]["key"]):
        if not key:  # each may be somebody else
            yield from (Refused(f"{path.name}:{line}", "key is empty") for line, _ in of_one)
            continue
        group = list(islice(of_one, POSTINGS_MAX + 1))
        at = f"{path.name}:{group[0][0]}"
        if len(group) > POSTINGS_MAX:
            raise BadInput(f"{at}: key {key} has more than {POSTINGS_MAX} lines")
        if key in seen:
            raise BadInput(f"{at}: key {key} again: the lines of a person stand together")
        seen.add(key)
        if wrong := [line for line, given in group if not all(map(is_text, given.values()))]:
            yield Refused(f"{path.name}:{wrong[0]}", f"a field holds {NO_TEXT}", key if is_text(key) else "")
            continue
        yield from _new_places(group, path.name, places)
        yield _agent(key, group, path.name)


def _text(path: Path) -> Iterator[str]:
    return (line for _, line in lines(path))


def _header(path: Path) -> tuple[list[str], str]:
    first = next(_text(path), "")
    separator = max(",;\t", key=first.count)
    columns = [name.strip().lower() for name in next(csv.reader([first], delimiter=separator), [])]
    missing = [name for name in NEEDED if name not in columns]
    unknown = [name for name in columns if name not in NEEDED + OPTIONAL]
    twice = [name for name in columns if columns.count(name) > 1]
    if missing or unknown or twice:
        what = f"no column {missing[0]}" if missing else f"column {(unknown or twice)[0]!r} is not expected"
        raise BadInput(f"{path.name}:1: {what}; the header is {','.join(NEEDED)}[,{','.join(OPTIONAL)}]")
    return columns, separator


def _rows(path: Path, columns: list[str], separator: str) -> Iterator[Line]:
    reader = csv.reader(_text(path), delimiter=separator, strict=True)
    blank = dict.fromkeys(OPTIONAL, "")
    try:
        next(reader)
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(columns):
                where = f"{path.name}:{reader.line_num}"
                raise BadInput(f"{where}: {len(cells)} fields where the header has {len(columns)}")
            yield reader.line_num, blank | dict(zip(columns, map(str.strip, cells), strict=True))
    except csv.Error as error:
        raise BadInput(f"{path.name}:{reader.line_num}: {error}") from error


def _new_places(group: list[Line], name: str, known: dict[str, tuple[str, str]]) -> Iterator[Place]:
    for line, given in group:
        uai, stated = given["uai"].upper(), (given["structure"], given["academy"])
        if uai and any(stated) and known.get(uai) != stated:
            known[uai] = stated
            yield Place(f"{name}:{line}", uai, uai, *stated)


def _agent(key: str, group: list[Line], name: str) -> Agent | Gone:
    line, given = group[0]
    at, operation, mistakes = f"{name}:{line}", given["operation"], Mistakes()
    if operation.lower() == "delete":
        return Gone(at, key)
    if operation.lower() not in OPERATIONS:
        mistakes.note(at, f"operation {operation!r}: add, modify or delete is expected")
    born = mistakes.reading(at, _day, given["birth_date"])
    duties = {_duty(each, f"{name}:{line}", mistakes) for line, each in group}
    return Agent(
        at,
        key,
        usage_name=given["last_name"],
        birth_name=given["birth_name"],
        first_name=given["first_name"],
        born=born,
        mail=given["mail"].lower(),
        national_id=given["national_id"],
        duties=tuple(sorted(duties, key=repr)),
        mistakes=tuple(mistakes.found),
    )


def _duty(given: dict[str, str], at: str, mistakes: Mistakes) -> Duty:
    days = mistakes.span(at, _day, given["start"], given["end"])
    function = given["function"].upper()
    mistakes.function(at, function)
    return Duty(given["uai"].upper(), function, given["discipline"], *days)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        read = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no day: write it as 2026-09-01") from error
    return dated(read)
