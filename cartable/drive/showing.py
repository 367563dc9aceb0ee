"""What a page may show of a file. VIEW is to see it there, and no more; READ is to take its bytes, in any way.

So to who may only see, what a browser shows by itself is sent to be shown, never to be kept; of anything else only the name
is told. What is on a screen can still be copied by who means to: we do not offer it.
"""

from cartable.drive import looks
from cartable.identity.actors import Actor
from cartable.spaces.access import Reached, Right, reach
from cartable.spaces.content import Content, caught_up, content_of, open_file

HIDDEN = {"shown": "", "text": ""}  # of what is not shown


def content_to_show(actor: Actor, node_id: int) -> Content:
    """Return what a file holds, for a page to show. The actor needs VIEW if a browser shows it by itself, else READ.

    Raises NotFound, Denied, NotAFile.
    """
    entry = reach(actor, node_id, Right.VIEW).entry
    return content_of(caught_up(entry)) if looks.shown_as(entry) else open_file(actor, node_id)


def shown(reached: Reached) -> dict[str, str]:
    """Return what the page of a file needs to show it: how, and what it says if it is a text."""
    how = looks.shown_as(reached.entry)
    return {"shown": how, "text": looks.text_of(content_of(reached.entry)) if how == "text" else ""}
