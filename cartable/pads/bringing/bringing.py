"""What was in a HedgeDoc or a CodiMD, brought here: each note a pad of its owner's, under all the words that led to it.

A note is one transaction, and is known by its id: whoever was interrupted begins again, and what is here stays as it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from cartable.identity import people
from cartable.identity.actors import Actor
from cartable.identity.models import Person
from cartable.kernel.errors import BadName, Denied, NameTaken, NotFound, Refusal
from cartable.pads.addresses import history, making, naming, presets, titles
from cartable.pads.bringing import pictures
from cartable.pads.bringing.source import Note, Source, User, encoded
from cartable.spaces.lineage import batches

ORPHANS = "Pads orphelins"


@dataclass
class Report:
    """What became of all: how many notes were brought, were here, have no owner here, could not be read; and lines about some."""

    brought: int = 0
    here: int = 0
    ownerless: int = 0
    refused: int = 0
    histories: int = 0
    pictures: int = 0
    lines: list[str] = field(default_factory=list)


def bring(source: Source, orphans: Person | None = None, uploads: Path | None = None) -> Report:
    """Bring all notes and histories of a database; those of nobody known here go to the folder "Pads orphelins" of `orphans`, or stay.

    `uploads` is the folder of its pictures: those that notes name are brought too, also for notes that are here.
    """
    report = Report()
    found = {user.id: _person(user) for user in source.users()}
    owners = {user: person for user, person in found.items() if person is not None}
    for some in batches(source.ids()):
        here = naming.taken([encoded(number) for number in some])
        report.here += len(here)
        for number in some:
            known = encoded(number) in here
            if known and not uploads:
                continue
            note = source.note(number)
            if not known:
                _bring_one(note, owners, orphans, report)
            if uploads:
                _bring_pictures(uploads, note, owners, orphans, report)
    for user, person in owners.items():
        history.bring(person.pk, _entries(source.history(user)))
        report.histories += 1
    return report


def _bring_one(note: Note, owners: dict[str, Person], orphans: Person | None, report: Report) -> None:
    owner = owners.get(note.owner)
    report.ownerless += owner is None
    holder, folder = (owner, making.FOLDER) if owner else (orphans, ORPHANS)
    if holder is None:
        return
    try:
        report.lines += [f"{note.id}: {why}" for why in _keep(holder, folder, note)]
        report.brought += 1
    except Refusal as refusal:
        report.refused += 1
        report.lines.append(f"{note.id}: left out ({type(refusal).__name__})")


def _bring_pictures(
    uploads: Path, note: Note, owners: dict[str, Person], orphans: Person | None, report: Report
) -> None:
    holder = owners.get(note.owner) or orphans
    for wrong in pictures.bring(uploads, note, _actor(holder)) if holder else ():
        report.pictures += not wrong
        report.lines += [f"{note.id}: {wrong}"] if wrong else []


def _actor(holder: Person) -> Actor:
    return Actor(frozenset({f"person:{holder.pk}"}), person=holder.pk, sub=holder.sub, name=holder.name)


@transaction.atomic
def _keep(holder: Person, folder: str, note: Note) -> list[str]:
    """Make a pad of a note, and return what of it was left out. Raises TooLarge, QuotaExceeded, Locked, NotAFolder."""
    actor = _actor(holder)
    node = making.of_texts(actor, folder, [(int(at.timestamp()), text) for at, text in note.texts])
    left = list(_give_words(note, node))
    if note.permission in presets.PRESETS:
        presets.apply(actor, node, note.permission)
    naming.count_views(node, note.views)
    return left


def _give_words(note: Note, node: int) -> Iterator[str]:
    naming.keep(note.id, node, naming.ID)
    try:
        naming.keep(note.short, node, naming.SHORT)
    except (BadName, NameTaken):
        yield f"its short name {note.short!r} is another's"
    if note.alias:
        try:
            naming.claim(note.alias, node)
        except (BadName, Denied, NameTaken):
            yield f"its alias {note.alias!r} is another's, or one of ours"


def _person(user: User) -> Person | None:
    """Return who has one of the addresses of an account here, or ever had."""
    for mail in user.mails:
        try:
            return people.find(mail)
        except NotFound:
            continue
    return None


def _entries(told: Iterable[Any]) -> Iterator[history.Sent]:
    """Yield the entries of a history that make sense."""
    for one in told:
        match one:
            case {"id": str(name), "text": str(title), "time": int() | float() as at} if 0 <= at <= history.LAST:
                tags = one.get("tags")
                said = [_line(tag) for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
                when = datetime.fromtimestamp(at / 1000, tz=UTC)
                yield name, _line(title), when, said, one.get("pinned") is True


def _line(said: str) -> str:
    return "".join(filter(str.isprintable, said))[: titles.LONGEST]
