"""What a new pad may begin with: texts that come with the software, and those that people keep in folders called "Modèles".

Such a folder lies at the top of a space one belongs to: one's own, a team's, one's school's and the structures' above it.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartable.identity.actors import Actor
from cartable.kernel import clock
from cartable.kernel.errors import NotFound, Refusal
from cartable.pads import files
from cartable.spaces import homes, listing, paths
from cartable.spaces.access import Right, reach
from cartable.web.formats import harmless

FOLDER = "Modèles"
OURS: Mapping[str, str | Promise] = {
    "fiche-de-cours": _("Fiche de cours"),
    "compte-rendu": _("Compte rendu de réunion"),
    "projet": _("Projet"),
}
TEXTS = Path(__file__).with_name("starters")
MOST = 200  # of one folder


class Template(NamedTuple):
    """A text to begin with: the word that a form sends for it, and what it is called."""

    word: str
    name: str | Promise


def offered(actor: Actor) -> list[tuple[str | Promise, list[Template]]]:
    """Return the templates that somebody may begin with, by whose they are; those of the software first."""
    ours = [Template(word, name) for word, name in OURS.items()]
    return [(_("De Cartable"), ours), *((title, found) for title, found in _kept(actor) if found)]


def _kept(actor: Actor) -> Iterator[tuple[str, list[Template]]]:
    for home in homes.homes_of(actor):
        with suppress(Refusal):
            place = paths.locate_in(actor, home.root, FOLDER)
            if place.node is None or not place.node.entry.is_folder:
                continue
            entries = (one.entry for one in listing.children(actor, place.node.id)[:MOST])
            yield (
                harmless(home.title),
                [
                    Template(str(one.id), harmless(one.name).removesuffix(".md"))
                    for one in entries
                    if one.media_type == files.MARKDOWN
                ],
            )


def text_of(actor: Actor, word: str, name: str) -> str:
    """Return what a pad of this name begins with; nothing without a word.

    A word is one of ours, or the id of a text that the actor reads. Raises NotFound, Denied, NotText, TooLarge.
    """
    if not word:
        return ""
    if word in OURS:
        text = (TEXTS / f"{word}.md").read_text(encoding="utf-8")
    elif word.isascii() and word.isdecimal() and len(word) < 17:
        text = files.read(reach(actor, int(word), Right.READ).id).text
    else:
        raise NotFound(word)
    today = clock.today()
    said = {
        "titre": name.removesuffix(".md"),
        "date": date_format(today, "DATE_FORMAT"),
        "jour": today.isoformat(),
        "auteur": actor.name,
    }
    for field, value in said.items():
        text = text.replace(f"{{{{ {field} }}}}", value)
    return text
