"""Taking a document to another folder, as a person does who sees it: what belongs to it alone goes along.

Programs that move files (WebDAV) say of each where it goes: `tree.move`.
"""

from cartable.identity.actors import Actor
from cartable.kernel.errors import Refusal
from cartable.spaces import kinds, tree
from cartable.spaces.access import Right, reach


def take(actor: Actor, node_id: int, *, into: int) -> list[int]:
    """Put a node into a folder, and what belongs to it alone; return those that are there now, the node first if it is.

    What may not go along stays where it is. Raises what `tree.move` raises.
    """
    entry = reach(actor, node_id, Right.VIEW).entry
    along = [] if entry.parent == into else kinds.belongings_of(actor, node_id, entry.media_type)
    if tree.move(actor, node_id, into=into).parent != into:
        return []
    return [node_id, *(one for one in along if _follows(actor, one, into))]


def _follows(actor: Actor, node_id: int, into: int) -> bool:
    try:
        return tree.move(actor, node_id, into=into).parent == into
    except Refusal:
        return False
