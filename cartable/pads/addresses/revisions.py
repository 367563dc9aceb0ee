"""The texts that a pad had: the versions of its file, and the present one. Times in milliseconds since 1970, as HedgeDoc counts."""

from cartable.identity.actors import Actor
from cartable.kernel.errors import NotFound
from cartable.pads import files
from cartable.spaces import versions
from cartable.spaces.access import Right, reach

Written = tuple[int, int, int]  # when, how many bytes, blob


def of(actor: Actor, node: int) -> list[Written]:
    """Return when its texts were written, the last first. The actor needs READ. Raises NotFound, Denied."""
    entry = reach(actor, node, Right.READ).entry
    earlier = [(one.written_at * 1000, one.size, one.blob) for one in versions.of(actor, node)]
    return [(entry.mtime * 1000, entry.size, entry.blob or 0), *earlier]


def text_at(actor: Actor, node: int, at: int) -> str:
    """Return the oldest text that was written at a time or after it. The actor needs READ. Raises NotFound, Denied."""
    after = [(when, blob) for when, _, blob in reversed(of(actor, node)) if when >= at]
    if not after:
        raise NotFound(at)
    return files.text_of(min(after, key=lambda one: one[0])[1])
