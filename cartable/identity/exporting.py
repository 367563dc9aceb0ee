"""Everything a person has here, as one zip: `index.html` that reads alone, one JSON a subject, `files/`, and `trash/`, what was thrown away.

Each package says in its `apps.py` what it has (`export`), as sheets and files, in an order that is the same each time; and what
earlier versions it has of these (`export_versions`), for who wants them too: they may be many times as large. The zip is made as it is read: memory holds one batch of rows or one block of a file, and an entry of its list a file. What is
secret is not in it: of passwords, keys and codes, only that they are.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from zipstream import ZIP_DEFLATED, ZIP_STORED, ZipStream

from cartable.identity import absences, credentials, departures, factors, lifecycle, people, postings, sessions, teams
from cartable.identity.models import Delegation, Person
from cartable.identity.sheets import File, Row, Sheet, Weight
from cartable.kernel import audit, clock
from cartable.kernel.errors import TooLarge
from cartable.kernel.models import Act
from cartable.options import public_url
from cartable.web import formats

SHOWN = 200  # rows of a sheet that the index shows; the JSON has all
COLUMNS = {  # what the index calls the fields of the JSON
    "id": _("Identifiant"),
    "name": _("Nom"),
    "language": _("Langue"),
    "state": _("État"),
    "listed": _("Dans l’annuaire"),
    "created_at": _("Créé le"),
    "last_login": _("Dernière connexion"),
    "left_on": _("Parti le"),
    "password": _("Mot de passe"),
    "mail": _("Adresse"),
    "since": _("Depuis"),
    "until": _("Jusqu’à"),
    "primary": _("Principale"),
    "structure": _("Structure"),
    "academy": _("Académie"),
    "function": _("Fonction"),
    "first_day": _("Premier jour"),
    "last_day": _("Dernier jour"),
    "kind": _("Type"),
    "leads": _("Vous l’animez"),
    "by_rule": _("Par votre affectation"),
    "stated": _("Par un annuaire"),
    "label": _("Libellé"),
    "used_at": _("Dernière utilisation"),
    "browser": _("Navigateur"),
    "system": _("Système"),
    "address": _("Adresse réseau"),
    "seen_at": _("Dernière visite"),
    "passkeys": _("Clés d’accès"),
    "app_since": _("Application de codes depuis"),
    "app_used_at": _("Application utilisée le"),
    "codes_left": _("Codes de secours restants"),
    "provider": _("Académie"),
    "date_joined": _("Reliée le"),
    "at": _("Date"),
    "verb": _("Acte"),
    "node": _("Document"),
    "path": _("Chemin"),
    "size": _("Taille (octets)"),
    "written_at": _("Écrit le"),
    "versions": _("Versions antérieures"),
    "trashed_at": _("Mis à la corbeille le"),
    "to": _("À qui"),
    "by_way_of": _("Par"),
    "role": _("Droit"),
    "given_at": _("Donné le"),
    "expires_at": _("Expire le"),
    "note": _("Mot"),
    "has_password": _("Mot de passe"),
    "downloads": _("Téléchargements"),
    "downloads_max": _("Téléchargements au plus"),
    "structure__name": _("Structure"),
    "start": _("Premier jour"),
    "end": _("Fin"),
    "scopes": _("Ce qu’elle sait"),
    "client__name": _("Application"),
    "told_at": _("Dite le"),
    "usage_name": _("Nom d’usage"),
    "birth_name": _("Nom de naissance"),
    "first_name": _("Prénom"),
    "born": _("Date de naissance"),
}
STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem; } th { background: #eee; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border: 1px solid #bbb; overflow-wrap: anywhere; }
"""
MOST = (
    100_000  # earlier versions of one zip: its end lists them all again, and the library holds that list, 50 MB of it
)
LEAF = 500  # acts read by one query


@dataclass(slots=True)
class Told:
    """A sheet as the index shows it."""

    name: str
    title: str | Promise
    count: int = 0
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    @property
    def heads(self) -> list[str]:
        """What its columns are called."""
        return [str(COLUMNS.get(name, name)) for name in self.columns]

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
    for one in _all(person, versions=versions):
        if isinstance(one, Sheet):
            told.append(Told(one.name, one.title))
            made.add(_as_json(one.rows, told[-1]), told[-1].file)
        else:
            files[one.top] += 1
            made.add(one.blocks(), f"{one.top}/{one.path}", compress_type=ZIP_STORED, size=one.size)
        yield from made.all_files()
    made.add(_index(person, told, files), "index.html")
    yield from made.finalize()


def _all(person: Person, *, versions: bool) -> Iterator[Sheet | File]:
    yield from _own(person)
    for what in ("export", "export_versions") if versions else ("export",):
        for _label, packed in sorted(lifecycle.declared(what).items()):
            yield from packed(person.pk)


def _own(person: Person) -> Iterator[Sheet]:
    """Yield what identity itself knows of a person."""
    yield Sheet("person", _("Votre compte"), [_account(person)])
    yield Sheet("addresses", _("Adresses"), map(_fields, people.addresses_of(person.pk)))
    yield Sheet("postings", _("Affectations"), map(_fields, postings.of(person)))
    yield Sheet("absences", _("Absences"), map(_fields, absences.of(person.pk)))
    roles = Delegation.objects.filter(person=person).order_by("pk").values("role", "structure__name", "start", "end")
    yield Sheet("roles", _("Rôles d’administration"), roles)
    yield Sheet("teams", _("Équipes"), map(_fields, teams.of(person.pk)))
    yield Sheet(
        "app-passwords", _("Mots de passe d’application (sans le secret)"), map(_fields, credentials.devices(person.pk))
    )
    yield Sheet("sessions", _("Navigateurs connectés"), map(_fields, sessions.of(person, None)))
    yield Sheet("factors", _("Double authentification (sans les secrets)"), [_fields(factors.of(person))])
    academies = SocialAccount.objects.filter(user=person).order_by("pk").values("provider", "date_joined", "last_login")
    yield Sheet("academies", _("Académies qui ouvrent votre compte"), academies)
    yield Sheet(
        "activity",
        _("Ce que vous avez fait"),
        _acts(person.pk, lambda before: audit.acts_of(person.pk, before=before, limit=LEAF)),
    )
    befell = _acts(person.pk, lambda before: audit.acts_on("account", person.pk, before=before, limit=LEAF))
    yield Sheet("account", _("Ce qui est arrivé à votre compte"), befell)


def _account(person: Person) -> Row:
    return {
        "id": person.sub,
        "name": person.name,
        "language": person.language,
        "state": departures.of(person),
        "listed": person.listed,
        "created_at": person.created_at,
        "last_login": person.last_login,
        "left_on": person.left_on,
        "password": person.has_usable_password(),
    }


def _acts(person: int, read: Callable[[int | None], list[Act]]) -> Iterator[Row]:
    before: int | None = None
    while acts := read(before):
        for act in acts:  # where another was who did it is not theirs to know
            address = act.address if act.person in {None, person} else ""
            yield {"at": act.at, "verb": act.verb, **act.detail, "address": address}
        before = acts[-1].pk


def _fields(one: Any) -> Row:
    """Return the fields of a value as a row, but which browser it is seen from."""
    return {name: getattr(one, name) for name in one.__dataclass_fields__ if name != "here"}


def _as_json(rows: Iterable[Row], told: Told) -> Iterator[bytes]:
    """Yield rows as a JSON list, one a line, and keep the first ones for the index."""
    for row in rows:
        yield (b",\n" if told.count else b"[\n") + json.dumps(row, cls=Encoder, ensure_ascii=False).encode()
        told.count += 1
        if told.count <= SHOWN:
            told.columns += [name for name in row if name not in told.columns]
            told.rows.append([_words(row.get(name)) for name in told.columns])
    yield b"\n]\n" if told.count else b"[]\n"


class Encoder(DjangoJSONEncoder):
    """Dates as ISO 8601 has them, values of ours as their fields, words in French."""

    def default(self, o: Any) -> Any:
        """Return what stands for a value that JSON does not know."""
        return _fields(o) if hasattr(o, "__dataclass_fields__") else super().default(o)


def _words(value: Any) -> str:
    """Return a value as a table of the index shows it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return f"{formats.local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, str | int | date | Promise):
        return str(value)
    return json.dumps(value, cls=Encoder, ensure_ascii=False)


def _index(person: Person, told: list[Told], files: Mapping[str, int]) -> str:
    context = {
        "person": person,
        "told": told,
        "files": files["files"],
        "versions": files["versions"],
        "trash": files["trash"],
        "day": clock.today(),
        "site": public_url(),
        "most": SHOWN,
        "style": STYLE,
    }
    with override("fr"):  # never around a `yield`: the thread serves others meanwhile
        return render_to_string("identity/export_index.html", context)
