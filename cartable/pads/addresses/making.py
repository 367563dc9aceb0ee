"""A pad made by its address: a Markdown file in the folder Pads of the person's own space."""

import re
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from cartable.identity.actors import Actor
from cartable.kernel.errors import BadInput, NameTaken, ReadOnly, TooLarge
from cartable.options import options
from cartable.pads import files
from cartable.pads.addresses import history, naming, presets, titles, uploads
from cartable.pads.addresses.naming import Known
from cartable.pads.texts import LARGEST
from cartable.spaces import homes, paths, tree
from cartable.spaces.access import Right, reach
from cartable.spaces.entries import Entry
from cartable.spaces.names import free_name

FOLDER = "Pads"
LONGEST = 100  # characters of a name that is made of a title
TRIES = 5  # others may take the same name at the same moment
_UNFIT = re.compile(r"[/\\:*?\"<>|\x00-\x1f\x7f]+|^\.+")  # on the disks that files are synchronised to


@transaction.atomic
def new(actor: Actor, text: str = "", alias: str = "") -> Known:
    """Make a pad that holds a text, in the actor's folder Pads and in their history; return the words that lead to it.

    It is open to whom the operator says (`CARTABLE_PADS_PRESET`). Raises NotFound to who has no space, ReadOnly, BadName, Denied
    of an alias that is reserved, NameTaken, TooLarge, NotAFolder, QuotaExceeded, Locked.
    """
    _refuse(actor, text)
    folder = tree.make_folders(actor, homes.home_of(actor).root, [FOLDER])
    made = _named(actor, folder, f"{_name(titles.told(text).title)}.md", text)
    if alias:
        naming.claim(alias, made.id)
    presets.apply(actor, made.id, options.pads_preset)
    uploads.adopt(made, text)
    history.opened(actor, made.id, made.name, text)
    return naming.known(made.id)


def folder_of(actor: Actor) -> int:
    """Return the actor's folder Pads, or their own space while there is none. Raises NotFound to who has no space."""
    there = paths.locate(actor, f"/{FOLDER}").node
    return there.id if there and there.entry.is_folder else homes.home_of(actor).root


def of_texts(actor: Actor, folder: str, texts: Sequence[tuple[int, str]]) -> int:
    """Make a pad that had these texts, at these moments (seconds since 1970), the oldest first; return its node. It is open to nobody else.

    Raises what `new` raises of a text and of its folder.
    """
    for _at, text in texts:
        _refuse(actor, text)
    into = tree.make_folders(actor, homes.home_of(actor).root, [folder])
    (first, begun), *later = texts
    node = _named(actor, into, f"{_name(titles.told(texts[-1][1]).title)}.md", begun, first).id
    for at, text in later:
        files.rewrite(actor, node, text, mtime=at)
    return node


def _refuse(actor: Actor, text: str) -> None:
    if actor.leaving:
        raise ReadOnly(actor.person)
    if len(text) > LARGEST or len(text.encode(errors="replace")) > LARGEST:
        raise TooLarge(len(text))
    if "\0" in text:
        raise BadInput


def _named(actor: Actor, folder: int, name: str, text: str, mtime: int | None = None) -> Entry:
    for _try in range(TRIES):
        free = free_name(reach(actor, folder, Right.WRITE).entry, name)
        try:
            return files.make(actor, folder, free, text, mtime=mtime)
        except NameTaken:
            continue
    raise NameTaken(name)


def _name(title: str) -> str:
    """Return the name of the file of a text that calls itself so."""
    return " ".join(_UNFIT.sub(" ", title[:LONGEST]).split()) or _("Sans titre")
