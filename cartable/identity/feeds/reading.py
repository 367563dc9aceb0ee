"""From a path to what it states: which files, in which order, whether they are all or changes only, of which day."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cartable.identity.feeds import aaf, table, users
from cartable.identity.feeds.facts import Facts, Heading
from cartable.kernel import clock
from cartable.kernel.errors import BadInput

CATEGORIES = ("EtabEducNat", "PersEducNat")  # in this order: structures before those who are posted to them
_OTHERS = ("MatiereEducNat", "MefEducNat", "Eleve", "PersRelEleve")  # of an export for schools: none of ours
_NAME = re.compile(rf"(?i)(?:^|_)({'|'.join((*CATEGORIES, *_OTHERS))})(?:_\d+)?\.xml$")
_DAY = re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)")
PEEK = 2**16  # bytes, to see which degree a file is of
FIRST_DEGREE = (b'"ENTPersonNom"', b'"ENTPersonPrenom"')


READERS: dict[str, Callable[[Path], Facts]] = {
    "aaf": lambda file: aaf.facts(file, _category(file)),
    "csv": table.facts,
    "scim": users.facts,
}
BY_SUFFIX = {".csv": "csv", ".tsv": "csv", ".json": "scim", ".jsonl": "scim", ".ndjson": "scim"}


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one feed, as they are on disk."""

    files: tuple[Path, ...]
    heading: Heading
    format: str

    def facts(self) -> Facts:
        """Yield all that the files state. Raises BadInput, one line with file and position."""
        for file in self.files:
            yield from READERS[self.format](file)

    def digest(self) -> bytes:
        """Return the SHA-256 of the bytes of all files."""
        whole = hashlib.sha256()
        for file in self.files:
            with file.open("rb") as opened:
                whole.update(hashlib.file_digest(opened, "sha256").digest())
        return whole.digest()


def survey(path: Path, form: str = "") -> Source:
    """Return what is at a path: a file, or a folder of AAF parts. `form` is aaf, csv or scim; empty: by the name.

    Raises BadInput if there is no such feed, or if more than one is mixed.
    """
    if not (path.is_file() or path.is_dir()):  # a pipe cannot be read twice
        raise BadInput(f"{path}: no such file or folder")
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    form = form or next((BY_SUFFIX[end] for file in files if (end := file.suffix.lower()) in BY_SUFFIX), "aaf")
    return _aaf(path, files) if form == "aaf" else _one(path, files, form)


def _one(path: Path, files: list[Path], form: str) -> Source:
    if len(files) != 1:
        raise BadInput(f"{path}: one file is expected, and there are {len(files)}")
    stream, complete = ("csv", table.is_complete(files[0])) if form == "csv" else ("scim-file", True)
    return Source(tuple(files), Heading(stream, complete, _dated(files)), form)


def _aaf(path: Path, files: list[Path]) -> Source:
    named = {file: _NAME.search(file.name) for file in files}
    ours = [file for file, match in named.items() if match and match[1].lower() in {one.lower() for one in CATEGORIES}]
    if path.is_file():
        ours = files
    if not ours:
        raise BadInput(f"{path}: no part of an AAF export (…_Complet_20260901_PersEducNat_0001.xml)")
    ours.sort(key=lambda file: (CATEGORIES.index(_category(file)), file.name))
    deltas = {"delta" in file.name.lower() for file in ours}
    streams = {_stream(file) for file in ours if _category(file) == "PersEducNat"} - {""}
    if len(deltas) > 1 or len(streams) > 1:
        what = "complete files and changes" if len(deltas) > 1 else "first and second degree"
        raise BadInput(f"{path}: {what} are mixed: import one after the other")
    return Source(tuple(ours), Heading(next(iter(streams), "aaf-2d"), not deltas.pop(), _dated(ours)), "aaf")


def _category(file: Path) -> str:
    match = _NAME.search(file.name)
    if match:
        return next((one for one in CATEGORIES if one.lower() == match[1].lower()), match[1])
    with file.open("rb") as opened:
        return "EtabEducNat" if b"categorieStructure" in opened.read(PEEK) else "PersEducNat"


def _stream(file: Path) -> str:
    """Return the degree of a file of people: by the names of its attributes; empty if it holds nobody."""
    with file.open("rb") as opened:
        begin = opened.read(PEEK)
    if b"addRequest" not in begin and b"modifyRequest" not in begin:
        return "aaf-1d" if re.search(r"(?i)(?<![a-z0-9])1D|ENT1D", file.name) else ""
    return "aaf-1d" if any(mark in begin for mark in FIRST_DEGREE) else "aaf-2d"


def _dated(files: list[Path]) -> date:
    for match in _days(files):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            continue
    return clock.today()


def _days(files: list[Path]) -> Iterator[re.Match[str]]:
    return (match for file in files for match in _DAY.finditer(file.name))
