"""A SCIM user (RFC 7643 §4.1) as a fact; and a file of them, as another server lists them: JSON, or one resource a line."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from cartable.identity.feeds.facts import NO_TEXT, Agent, Duty, Fact, Gone, Mistakes, Place, Refused, dated, is_text
from cartable.identity.feeds.lines import lines
from cartable.kernel.errors import BadInput

SCHEMA = "urn:cartable:params:scim:schemas:extension:agent:1.0:User"
LINES = {".jsonl", ".ndjson"}
LARGEST = 64 * 2**20  # bytes of a document that lists them all
TEXT = (str, int)  # some write numbers as such
POSTING = ("uai", "structure", "academy", "function", "discipline", "start", "end")
SHAPE: dict[str, Any] = {  # of what is read: an object by names, a list of one shape, or what it may be
    "externalId": TEXT,
    "id": TEXT,
    "active": (bool,),
    "name": {"familyName": TEXT, "givenName": TEXT},
    "emails": [{"value": TEXT}],
    SCHEMA: {
        "nationalId": TEXT,
        "birthName": TEXT,
        "birthDate": TEXT,
        "postings": [dict.fromkeys(POSTING, TEXT)],
    },
}


def agent(document: dict[str, Any], at: str, key: str) -> Agent | Gone:
    """Return what a user states. One that is not active is gone. An address is the primary one, or the first.

    Of a mistake, the place is that of the user and the path of the attribute.
    """
    if document.get("active") is False:
        return Gone(at, key)
    name, more = document.get("name") or {}, document.get(SCHEMA) or {}
    mails = [one for one in document.get("emails") or () if one.get("value")]
    mails.sort(key=lambda one: not one.get("primary"))
    mistakes = Mistakes()
    born = mistakes.reading(f"{at} {SCHEMA}:birthDate", _day, more.get("birthDate"))
    postings = enumerate(more.get("postings") or ())
    duties = {_duty(one, f"{at} {SCHEMA}:postings[{number}]", mistakes) for number, one in postings}
    return Agent(
        at,
        key,
        usage_name=str(name.get("familyName") or ""),
        birth_name=str(more.get("birthName") or ""),
        first_name=str(name.get("givenName") or ""),
        born=born,
        mail=str(mails[0]["value"]).lower() if mails else "",
        national_id=str(more.get("nationalId") or ""),
        duties=tuple(sorted(duties, key=repr)),
        mistakes=tuple(mistakes.found),
    )


def places(document: dict[str, Any], at: str) -> Iterator[Place]:
    """Yield the structures that a user's postings name."""
    for one in (document.get(SCHEMA) or {}).get("postings") or ():
        name, academy = (str(one.get(what) or "") for what in ("structure", "academy"))
        if one.get("uai") and (name or academy):
            uai = str(one["uai"]).upper()
            yield Place(at, uai, uai, name, academy)


def facts(path: Path) -> Iterator[Fact]:
    """Yield what a file of users states. Raises BadInput, one line with file and position."""
    seen: set[Place] = set()
    for at, document in _documents(path):
        if not isinstance(document, dict):
            yield Refused(at, "no SCIM resource: an object is expected")
            continue
        key = _key(document)
        if (why := next(_misshapen(document, SHAPE, ""), "")) or not key:
            yield Refused(at, why or "neither externalId nor id", key)
            continue
        for place in places(document, ""):
            if place not in seen:
                seen.add(place)
                yield place._replace(at=at)
        yield agent(document, at, key)


def _key(document: dict[str, Any]) -> str:
    """Return under what a user is known; empty if that is no text, or not said."""
    key = document.get("externalId") or document.get("id")
    return "" if key is None or any(_misshapen(key, TEXT, "")) else str(key)


def _misshapen(given: Any, shape: Any, where: str) -> Iterator[str]:
    """Yield what cannot be read of a value: where it stands, and what is expected there. Null and an empty text say nothing."""
    if isinstance(shape, dict) and isinstance(given, dict):
        for name, part in shape.items():
            if given.get(name) not in (None, ""):
                yield from _misshapen(given[name], part, f"{where}.{name}".removeprefix("."))
    elif isinstance(shape, list) and isinstance(given, list):
        for number, one in enumerate(given):  # as the library names them (scim2-models 0.12)
            yield from _misshapen(one, shape[0], f"{where}[{number}]")
    elif isinstance(shape, dict | list):
        yield f"{where} is no {'object' if isinstance(shape, dict) else 'list'}"
    elif type(given) not in shape:
        yield f"{where} is neither true nor false" if shape == (bool,) else f"{where} is no text"
    elif isinstance(given, str) and not is_text(given):
        yield f"{where} holds {NO_TEXT}"


def _documents(path: Path) -> Iterator[tuple[str, Any]]:
    if path.suffix.lower() in LINES:
        for number, line in lines(path):
            if line.strip():
                yield f"{path.name}:{number}", _loads(line, path.name, number)
        return
    whole = _loads(_text(path), path.name, 1)
    listed = whole.get("Resources") if isinstance(whole, dict) else whole
    if not isinstance(listed, list):
        raise BadInput(f"{path.name}:1: no list of SCIM resources")
    for number, document in enumerate(listed, 1):
        yield f"{path.name}:[{number}]", document


def _text(path: Path) -> str:
    """Return a document that is read at once. Raises BadInput for one that is larger than that takes, or not UTF-8."""
    if path.stat().st_size > LARGEST:
        raise BadInput(
            f"{path.name}:1: more than {LARGEST // 2**20} MiB of JSON: write one resource a line, in a .jsonl file"
        )
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name}:1: not UTF-8 ({error.reason})") from error


def _loads(text: str, name: str, line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(f"{name}:{line + error.lineno - 1}: {error.msg}") from error
    except RecursionError as error:
        raise BadInput(f"{name}:{line}: nested too deep") from error
    except ValueError as error:  # of more digits than Python reads
        raise BadInput(f"{name}:{line}: a number that is too long") from error


def _duty(given: dict[str, Any], at: str, mistakes: Mistakes) -> Duty:
    first, last = (mistakes.reading(f"{at}.{what}", _day, given.get(what)) for what in ("start", "end"))
    mistakes.order(f"{at}.end", first, last)
    function, discipline = str(given.get("function") or "").upper(), str(given.get("discipline") or "")
    mistakes.function(f"{at}.function", function)
    return Duty(str(given.get("uai") or "").upper(), function, discipline, first, last)


def _day(text: Any) -> date | None:
    if not text:
        return None
    try:
        read = date.fromisoformat(str(text)[:10])
    except ValueError as error:
        raise ValueError(f"{text!r} is no day: write it as 2026-09-01") from error
    return dated(read)
