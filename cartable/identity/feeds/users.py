"""A SCIM user (RFC 7643 §4.1) as a fact; and a file of them, as another server lists them: JSON, or one resource a line."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from cartable.identity.feeds.facts import Agent, Duty, Fact, Gone, Mistakes, Place, Refused, dated
from cartable.identity.feeds.lines import lines
from cartable.kernel.errors import BadInput

SCHEMA = "urn:cartable:params:scim:schemas:extension:agent:1.0:User"
LINES = {".jsonl", ".ndjson"}
LARGEST = 64 * 2**20  # bytes of a document that lists them all


def agent(document: dict[str, Any], at: str, key: str) -> Agent | Gone:
    """Return what a user states. One that is not active is gone. An address is the primary one, or the first."""
    if document.get("active") is False:
        return Gone(at, key)
    name, more = document.get("name") or {}, document.get(SCHEMA) or {}
    mails = [one for one in document.get("emails") or () if one.get("value")]
    mails.sort(key=lambda one: not one.get("primary"))
    mistakes = Mistakes()
    born = mistakes.reading(at, _day, more.get("birthDate"))
    duties = {_duty(one, at, mistakes) for one in more.get("postings") or ()}
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
            raise BadInput(f"{at}: no SCIM resource")
        for place in places(document, ""):
            if place not in seen:
                seen.add(place)
                yield place._replace(at=at)
        key = str(document.get("externalId") or document.get("id") or "")
        yield agent(document, at, key) if key else Refused(at, "neither externalId nor id")


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


def _duty(given: dict[str, Any], at: str, mistakes: Mistakes) -> Duty:
    first, last = (mistakes.reading(at, _day, given.get(name)) for name in ("start", "end"))
    if first and last and last < first:
        mistakes.note(at, f"end {last} is before start {first}")
    function, discipline = str(given.get("function") or "").upper(), str(given.get("discipline") or "")
    return Duty(str(given.get("uai") or "").upper(), function, discipline, first, last)


def _day(text: Any) -> date | None:
    if not text:
        return None
    try:
        read = date.fromisoformat(str(text)[:10])
    except ValueError as error:
        raise ValueError(f"{text!r} is no day: write it as 2026-09-01") from error
    return dated(read)
