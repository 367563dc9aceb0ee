"""The pictures of a HedgeDoc (its folder `uploads`): each that a note names becomes a file beside its pad, under the name it had.

Texts stay as they were: every old address answers (decision 23). What is here already stays as it is.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from cartable.identity.actors import Actor
from cartable.kernel.errors import NotFound, Refusal, TooLarge
from cartable.pads import pictures
from cartable.pads.addresses import naming, uploads
from cartable.pads.bringing.source import Note
from cartable.spaces import content
from cartable.spaces.access import Right, reach

LARGEST = 100 << 20  # bytes of one


def bring(folder: Path, note: Note, actor: Actor) -> Iterator[str]:
    """Bring what the texts of a note name, beside its pad, as the actor; yield of each what was in its way, empty if nothing was.

    A pad that is no more, or in the trash, has none.
    """
    try:
        pad = reach(actor, naming.resolve(note.id), Right.WRITE)
    except Refusal:
        return
    for name in uploads.missing(pad.id, _named(text for _, text in note.texts)):
        if uploads.lend(name, pad.entry):
            yield ""
            continue
        try:
            _keep(actor, folder / name, pad.entry.id, pad.above[0].id)
            yield ""
        except (Refusal, OSError) as why:
            yield f"{name}: left out ({type(why).__name__})"


def _keep(actor: Actor, file: Path, pad: int, folder: int) -> None:
    """Make a file of theirs a picture beside a pad. Raises NotFound, TooLarge, BadInput, OSError, and what `uploads.keep` raises."""
    if file.is_symlink() or not file.is_file():
        raise NotFound(file.name)
    there = file.stat()
    if there.st_size > LARGEST:
        raise TooLarge(there.st_size)
    data = file.read_bytes()
    pictures.suffix_of(file.name, data[: pictures.FIRST])
    with content.storing(data) as stored:
        uploads.keep(actor, folder, file.name, stored, pad=pad, word=file.name, mtime=int(there.st_mtime))


def _named(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for text in texts for name in uploads.named(text)))
