"""Pictures by HedgeDoc's addresses, `/uploads/NAME`: files beside a pad, for whoever may read that pad, as long as they lie beside it.

A name gives no right. It leads to a file and to the pad it was sent to; the tree says who reads that pad, and where both are. A
picture that was sent to none is read by who may read the file. One name may lead to several: what many notes showed, brought here,
lies beside each.
"""

import re
import secrets
from collections.abc import Collection, Iterable

from django.db import transaction

from cartable.identity.actors import Actor
from cartable.kernel.errors import NotFound
from cartable.kernel.storage import Stored
from cartable.pads import files
from cartable.pads.addresses import presets
from cartable.pads.addresses.models import Upload
from cartable.spaces import content
from cartable.spaces.access import Right, reach, seen
from cartable.spaces.entries import Entry
from cartable.spaces.lineage import batches, lineages
from cartable.spaces.names import free_name

AT = "/uploads/"
_NAMED = re.compile(rf"{AT}([\w.-]{{1,100}})", re.ASCII)


@transaction.atomic
def keep(
    actor: Actor,
    folder: int,
    name: str,
    stored: Stored,
    *,
    pad: int | None = None,
    word: str = "",
    suffix: str = "",
    mtime: int | None = None,
) -> str:
    """Make a picture that was received a file of a folder, beside a pad; return the name that leads to it: `word`, else one drawn.

    Raises what `content.write` raises.
    """
    free = free_name(reach(actor, folder, Right.WRITE).entry, name)
    made = content.write(actor, folder, free, content.new_blob(stored), mtime=mtime)[0]
    word = word or f"upload_{secrets.token_hex(16)}{suffix}"  # 128 bits, written as HedgeDoc does
    Upload.objects.create(name=word, node=made.id, pad=pad)
    return word


def named(text: str) -> list[str]:
    """Return the names of pictures that a text shows or leads to, each once. Pure."""
    return list(dict.fromkeys(_NAMED.findall(text)))


def missing(pad: int, names: Collection[str]) -> list[str]:
    """Return which of some names lead to no picture of a pad, and never did."""
    here = set(Upload.objects.filter(pad=pad, name__in=list(names)).values_list("name", flat=True))
    return [name for name in names if name not in here]


def sent(pad: int, paths: Iterable[str]) -> dict[int, str]:
    """Return the pictures that some paths, `/uploads/…`, lead a pad to, each with its name there."""
    names = [path.removeprefix(AT) for path in paths if path.startswith(AT)]
    return dict(Upload.objects.filter(pad=pad, name__in=names).values_list("node", "name"))


def shared(nodes: Collection[int], pad: int) -> set[int]:
    """Return those of some pictures that a name leads to from another pad."""
    return set(Upload.objects.filter(node__in=nodes).exclude(pad=pad).exclude(pad=None).values_list("node", flat=True))


def lend(name: str, pad: Entry) -> bool:
    """Let a name lead a pad to the picture of another that lies in the same folder; return whether there is one."""
    nodes = Upload.objects.filter(name=name).exclude(pad=None).values_list("node", flat=True)
    beside = [chain[0].id for chain in lineages(nodes).values() if chain[0].parent == pad.parent]
    if beside:
        Upload.objects.create(name=name, node=min(beside), pad=pad.id)
    return bool(beside)


def adopt(pad: Entry, text: str) -> None:
    """Let a new pad have those pictures beside it that its text names and that were sent to no pad: programs send them first."""
    rows = list(Upload.objects.filter(name__in=named(text), pad=None)) if AT in text else []
    beside = [node for node, chain in lineages({row.node for row in rows}).items() if chain[0].parent == pad.parent]
    Upload.objects.filter(pk__in=[row.pk for row in rows if row.node in beside]).update(pad=pad.id)


def find(actor: Actor, name: str) -> Entry:
    """Return the picture that a name leads to, for who comes by its address alone: one they may read. Raises NotFound."""
    rows = list(Upload.objects.filter(name=name).order_by("pk").values_list("pk", flat=True))
    for some in batches(rows):
        if found := _read(actor, Upload.objects.filter(pk__in=some).order_by("pk")):
            return found
    raise NotFound(name)


def beside(actor: Actor, pad: int, path: str) -> Entry:
    """Return what a text names beside it: a path, as `files.beside` takes it, or a picture that was sent to the pad (`/uploads/…`).

    Raises what `files.beside` raises.
    """
    if not path.startswith(AT):
        return files.beside(actor, pad, path)
    name = path.removeprefix(AT)
    found = _read(actor, Upload.objects.filter(name=name, pad=pad))
    return found or find(actor, name)


def _read(actor: Actor, rows: Iterable[Upload]) -> Entry | None:
    """Return the first of some pictures that the actor may read: by itself, or with the pad that it lies beside."""
    rows = list(rows)
    pads = {row.pad for row in rows if row.pad is not None}
    chains = lineages({row.node for row in rows} | pads)
    rights = seen(presets.visitor(actor, *pads), chains.values())
    readable = {node for node, one in rights.items() if one.may(Right.READ)}
    for row in rows:
        if row.node in chains and (row.node in readable or (row.pad in readable and _lies_beside(chains, row))):
            return chains[row.node][0]
    return None


def _lies_beside(chains: dict[int, tuple[Entry, ...]], row: Upload) -> bool:
    return row.pad is not None and chains[row.node][0].parent == chains[row.pad][0].parent
