"""A file that people edit together, written by another way from a version that is no longer the last: it is joined, not refused.

What was received becomes the content, and at once a version of it; what comes of both sides is the content after it. So whoever
wrote knows the ETag of what they have, and sees that there is another since.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction

from cartable.identity.actors import Actor
from cartable.kernel.errors import BadInput, Changed
from cartable.spaces import content, kinds
from cartable.spaces.access import Right, reach
from cartable.spaces.entries import Entry
from cartable.spaces.models import Blob, Version

ETAG = re.compile(r"[0-9a-f]{16}", re.ASCII)
LARGEST = 4 << 20  # bytes
TRIES = 5  # others write meanwhile, every few seconds at most


class Joint(NamedTuple):
    """What two sides have in common, and who knows how to join them."""

    base: int  # blob
    editor: kinds.Editor


def joint(there: Entry, read: Collection[str]) -> Joint | None:
    """Return what a writer who had read one of these versions (their ETags) has in common with a file; None where it is refused."""
    tags = [int(etag, 16) for etag in read if ETAG.fullmatch(etag)]
    editor = kinds.editor_of(there.media_type) if tags and there.size <= LARGEST else None
    if editor is None or not editor.is_open(there.id):
        return None
    versions = Version.objects.filter(node=there.id, tag__in=tags, size__lte=LARGEST)
    base = versions.order_by("-pk").values_list("blob_id", flat=True).first()
    return None if base is None else Joint(base, editor)


def join(actor: Actor, node_id: int, received: Blob, *, read: Collection[str], mtime: int | None = None) -> Entry:
    """Write what was received, made of a version that was `read`, and then what comes of it and of what is there; return the former.

    The actor needs WRITE. Raises what `content.write_over` raises, and Changed where there is nothing in common.
    """
    for _ in range(TRIES):
        there = reach(actor, node_id, Right.WRITE).entry
        found = joint(there, read)
        if found is None or received.size > LARGEST:
            raise Changed
        base = content.blobs([found.base])[found.base]
        try:
            both = found.editor.join(*map(_bytes, (base, received, content.blobs([there.blob or 0])[there.blob or 0])))
        except BadInput as no_text:
            raise Changed from no_text
        try:
            return _write_both(actor, there, received, both, mtime)
        except Changed:
            continue
    raise Changed


def _write_both(actor: Actor, there: Entry, received: Blob, both: bytes, mtime: int | None) -> Entry:
    def guard(now: Entry | None) -> None:
        if now is None or now.tag != there.tag:
            raise Changed

    with content.storing(both) as stored, transaction.atomic():
        entry = content.write_over(actor, there.id, received, mtime=mtime, guard=guard)
        if stored.sha256 != received.sha256:
            content.write_over(actor, there.id, content.new_blob(stored))
    if stored.sha256 == received.sha256:
        content.forget(stored)
    return entry


def _bytes(blob: Blob) -> bytes:
    return b"".join(content.blob_blocks(blob))
