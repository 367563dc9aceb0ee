"""Where passages are, when their document is begun anew (decision 28). An anchor is what the browser says, `begin.end` in base64 of two
relative positions of Yjs; after a document was begun anew it has two, with a space between: the former, and the present.
"""

import base64

from pycrdt import Assoc

from cartable.pads.comments.models import Comment
from cartable.pads.comments.talking import ANCHOR
from cartable.pads.masks import Places


def carry(node: int, before: Places, after: Places) -> None:
    """Name the passages of a document in the one that is about to take its place too."""
    changed = []
    for comment in Comment.objects.filter(node=node, thread=None).only("anchor"):
        comment.anchor, known = _carried(comment.anchor, before, after), comment.anchor
        if comment.anchor != known:
            changed.append(comment)
    Comment.objects.bulk_update(changed, ["anchor"], batch_size=500)


def _carried(anchor: str, before: Places, after: Places) -> str:
    """Return an anchor with a name for each document; the same if it names nothing in the former."""
    for name in anchor.split(" "):
        begin, end = (_found(place, before) for place in (*name.split(".", 1), "")[:2])
        if begin is not None and end is not None:
            both = f"{name} {_named(begin, Assoc.AFTER, after)}.{_named(end, Assoc.BEFORE, after)}"
            return both if len(both) <= ANCHOR else anchor
    return anchor


def _found(place: str, document: Places) -> int | None:
    try:
        return document.find(base64.b64decode(place, validate=True))
    except ValueError:
        return None


def _named(index: int, side: Assoc, document: Places) -> str:
    return base64.b64encode(document.name(index, side)).decode()
