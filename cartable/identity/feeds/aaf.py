"""AAF: the XML that academies export (Annuaire Académique Fédérateur), read record by record in constant memory.

Grammar `ficAlimMENESR.dtd`: addRequest, modifyRequest, deleteRequest. Only people and structures are read; pupils are
none of ours. Expat reads no file and no network; an entity that a document declares or uses is refused.
"""

import html
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO
from xml.parsers import expat

from cartable.identity.feeds.facts import Agent, Duty, Fact, Gone, Mistakes, Place, Refused, dated
from cartable.kernel.errors import BadInput

BLOCK = 2**16  # bytes
VALUE_MAX = 20_000  # characters of one value
FUNCTION_FIELDS = range(2, 7)  # structure$code$label$position$position label; some write fewer or one more
NOTHING = "-"  # "SANS OBJET"
REQUESTS = {"addRequest", "modifyRequest", "deleteRequest"}
KEYS = {"ENTPersonJointure", "ENTStructureJointure"}
FIELDS = {  # second degree, then first
    "sn": "usage_name",
    "ENTPersonNom": "usage_name",
    "ENTPersonNomPatro": "birth_name",
    "givenName": "first_name",
    "ENTPersonPrenom": "first_name",
    "ENTPersonDateNaissance": "born",
    "mail": "mail",
    "ENTPersonMail": "mail",
    "ENTPersonFonctions": "duties",
}
READ = {
    *FIELDS,
    *KEYS,
    "ENTPersonStructRattach",
    "ENTStructureUAI",
    "ENTEtablissementUAI",
    "ENTStructureNomCourant",
    "ENTServAcAcademie",
    "categoriePersonne",
    "categorieStructure",
    "categorieMef",
    "categorieMatiere",
}


class _Record:
    """A request while it is read."""

    __slots__ = ("attributes", "id", "line", "verb")

    def __init__(self, verb: str, line: int) -> None:
        self.verb, self.line, self.id = verb, line, ""
        self.attributes: dict[str, list[str]] = {}


class _Reader:
    """Turns the events of the parser into records. One for each file."""

    def __init__(self, name: str) -> None:
        self.name, self.done = name, list[_Record]()
        self._record: _Record | None = None
        self._values: list[str] | None = None
        self._text: list[str] | None = None
        self._size = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.EntityDeclHandler = self._entity
        self.parser.SkippedEntityHandler = self._entity

    def _entity(self, name: str, *_: object) -> None:
        raise self.refusal(f"an entity ({name}), which no directory needs: refused")

    def refusal(self, why: str) -> BadInput:
        """Return what is wrong, with the place where the parser is."""
        return BadInput(f"{self.name}:{self.parser.CurrentLineNumber}: {why}")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "value" or tag == "id":
            self._text, self._size = [], 0
        elif tag == "attr" or tag == "modification":
            name = attributes.get("name", "")
            if self._record is not None and name in READ:
                self._values = self._record.attributes.setdefault(name, [])
        elif tag in REQUESTS:
            self._record = _Record(tag, self.parser.CurrentLineNumber)
        elif tag not in {
            "attributes", "identifier", "operationalAttributes", "modifications", "ficAlimMENESR", "ficAlimMENEFR",
        }:  # fmt: skip
            raise self.refusal(f"<{tag}> is no element of an AAF file")

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._size += len(text)
            if self._size > VALUE_MAX:
                raise self.refusal(f"a value of more than {VALUE_MAX} characters")
            self._text.append(text)

    def _end(self, tag: str) -> None:
        if tag == "value":
            if self._values is not None and self._text:
                self._values.append(_unescaped("".join(self._text).strip()))
            self._text = None
        elif tag == "id":
            if self._record is not None:
                self._record.id = "".join(self._text or ()).strip()
            self._text = None
        elif tag == "attr" or tag == "modification":
            self._values = None
        elif tag in REQUESTS and self._record is not None:
            self.done.append(self._record)
            self._record = None


def facts(path: Path, category: str) -> Iterator[Fact]:
    """Yield what one file states. `category` is that of its name: PersEducNat or EtabEducNat.

    Raises BadInput, one line with file and position, if it is no AAF file, is cut, or holds an entity.
    """
    with path.open("rb") as file:
        yield from read(file, path.name, category)


def read(file: IO[bytes], name: str, category: str) -> Iterator[Fact]:
    """Yield what an open file states. Raises as `facts`."""
    reader = _Reader(name)
    empty = True
    while block := file.read(BLOCK):
        empty = False
        yield from _records(reader, block, category, final=False)
    if not empty:  # a part may be empty: academies send such
        yield from _records(reader, b"", category, final=True)


def _records(reader: _Reader, block: bytes, category: str, *, final: bool) -> Iterator[Fact]:
    try:
        reader.parser.Parse(block, final)
    except expat.ExpatError as error:
        raise BadInput(f"{reader.name}:{error.lineno}: {_told(error)}") from error
    except (LookupError, ValueError) as error:
        raise reader.refusal(f"an encoding that cannot be read ({error})") from error
    done, reader.done = reader.done, []
    for record in done:
        yield _fact(record, f"{reader.name}:{record.line}", category)


def _told(error: expat.ExpatError) -> str:
    codes = expat.errors.codes
    said = expat.ErrorString(error.code)
    if error.code in {codes[expat.errors.XML_ERROR_NO_ELEMENTS], codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN]}:
        return f"the file is cut: {said}"
    if error.code in {codes[expat.errors.XML_ERROR_INVALID_TOKEN], codes[expat.errors.XML_ERROR_PARTIAL_CHAR]}:
        return f"{said}: is its encoding the one it declares (UTF-8 where it declares none)?"
    return said


def _fact(record: _Record, at: str, category: str) -> Fact:
    given = record.attributes
    stated_category = next((given[name][0] for name in given if name.startswith("categorie") and given[name]), "")
    if stated_category != category:
        return Refused(at, f"category {stated_category or 'missing'} in a file of {category}", record.id)
    key = next((given[name][0] for name in KEYS if given.get(name)), record.id)
    if not record.id or key != record.id:
        return Refused(at, f"identifier {record.id or 'missing'} beside the key {key or 'missing'}")
    if category == "EtabEducNat":
        return _place(record, at)
    if record.verb == "deleteRequest":
        return Gone(at, record.id)
    return _agent(record, at)


def _place(record: _Record, at: str) -> Fact:
    if record.verb == "deleteRequest":
        return Refused(at, f"structure {record.id}: a structure is closed by hand, never by a feed", record.id)
    given = record.attributes
    uai = _one(given, "ENTStructureUAI") or _one(given, "ENTEtablissementUAI")
    name = _one(given, "ENTStructureNomCourant").partition("-ac-")[0]
    return Place(at, record.id.upper(), uai.upper(), name, _one(given, "ENTServAcAcademie"))


def _agent(record: _Record, at: str) -> Agent:
    given, mistakes = record.attributes, Mistakes()
    born = mistakes.reading(at, day, _one(given, "ENTPersonDateNaissance"))
    duties = _duties(record, at, mistakes)
    stated = None
    if record.verb == "modifyRequest":
        stated = frozenset(FIELDS[name] for name in given if name in FIELDS)
    return Agent(
        at,
        record.id,
        usage_name=_one(given, "sn") or _one(given, "ENTPersonNom"),
        birth_name=_one(given, "ENTPersonNomPatro"),
        first_name=_one(given, "givenName") or _one(given, "ENTPersonPrenom"),
        born=born,
        mail=(_one(given, "mail") or _one(given, "ENTPersonMail")).lower(),
        duties=duties,
        stated=stated,
        mistakes=tuple(mistakes.found),
    )


def _duties(record: _Record, at: str, mistakes: Mistakes) -> tuple[Duty, ...]:
    found: dict[tuple[str, str], Duty] = {}
    for value in record.attributes.get("ENTPersonFonctions", ()):
        parts = value.split("$")
        if len(parts) not in FUNCTION_FIELDS or not parts[0]:
            mistakes.note(at, f"function {value!r}: 5 fields separated by $ are expected")
            continue
        place, function = parts[0].upper(), parts[1].upper()
        if function not in {NOTHING, ""}:
            mistakes.function(at, function)
            position = parts[3] if len(parts) > 3 else ""
            found.setdefault((place, function), Duty(place, function, position))
    if not found:
        attached = [place.upper() for place in record.attributes.get("ENTPersonStructRattach", ())]
        found = {(place, ""): Duty(place, "") for place in attached}
    return tuple(sorted(found.values()))


def day(text: str) -> date | None:
    """Return the day written dd/mm/yyyy; None for nothing and for a year without end. Raises ValueError, a sentence."""
    if not text:
        return None
    try:
        read = datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise ValueError(f"{text!r} is no day: dd/mm/yyyy is expected") from error
    return dated(read)


def _one(given: dict[str, list[str]], name: str) -> str:
    values = given.get(name)
    return values[0] if values else ""


def _unescaped(text: str) -> str:
    """Return a value without the entities that some academies escape twice (D&amp;apos;ETABLISSEMENT)."""
    return html.unescape(text) if "&" in text else text
