"""What is kept of texts: read again where a file has another, forgotten with the document (decision 26).

It proposes, and the tree decides: whoever shows something of it asks first what its reader may see.
"""

from collections.abc import Sequence

from django.db import transaction

from cartable.kernel.tasks import progress
from cartable.kernel.text_index import Entry as Indexed
from cartable.kernel.text_index import text_index
from cartable.pads import files, forgetting
from cartable.pads.extracts import mentions
from cartable.pads.extracts.models import Extract, Link, Mention, Place, Task
from cartable.pads.extracts.saying import Said, said
from cartable.pads.texts import LARGEST
from cartable.spaces import journal
from cartable.spaces.entries import Entry
from cartable.spaces.lineage import batches, entries

WORDS = text_index("pads")
KINDS = (files.MARKDOWN,)
LINES, AT_ONCE = 2_000, 100  # of the journal, texts: read together
TITLE = 200  # letters


def keep(nodes: Sequence[int]) -> None:
    """Read those of some documents whose text is another than the one that is kept. Two queries, and some for each of them."""
    found = [one for one in entries(nodes) if one.media_type == files.MARKDOWN and not one.is_folder]
    known = {row.node: row for row in Extract.objects.filter(node__in=[one.id for one in found])}
    for entry in found:
        row = known.get(entry.id)
        if row is None or (row.blob, row.space) != (entry.blob, entry.space):
            _keep(entry)


def follow() -> None:
    """Read what has changed since the last time; the first time, all that there is."""
    place = Place.objects.first() or Place.objects.create(line=journal.last(), node=0)
    while place.node is not None:
        nodes = journal.named(KINDS, place.node, AT_ONCE)
        keep(nodes)
        place.node = nodes[-1] if nodes else None
        place.save(update_fields=["node"])
        progress(0)
    line = place.line
    while (told := journal.follow(KINDS, line, LINES)).read > line:
        for some in batches(told.nodes, AT_ONCE):
            keep(some)
            progress(0)
        Place.objects.filter(pk=place.pk).update(line=told.settled)
        line = told.read


def look_again() -> None:
    """Read what was missed of texts that are kept: those that are another by now, or in another space with a folder."""
    after = 0
    rows = Extract.objects.order_by("node").values_list("node", flat=True)
    while nodes := list(rows.filter(node__gt=after)[:AT_ONCE]):
        keep(nodes)
        after = nodes[-1]
        progress(0)


def forget_erased() -> None:
    """Forget what documents said that are no more. The words go first: by the rows of these the documents are known."""
    for gone in forgetting.erased(Extract):
        with transaction.atomic():
            WORDS.drop(sorted(gone))
            for table in (Link, Task, Extract):
                table.objects.filter(node__in=gone).delete()
    forgetting.forget_erased(Mention)


@transaction.atomic
def _keep(entry: Entry) -> None:
    """Put what a text says in the place of what it said. The row of the text comes first: who else reads it waits."""
    text = files.text_of(entry.blob) if entry.size <= LARGEST else ""
    told = said(text)
    title = told.title or entry.name.removesuffix(".md")
    row = Extract(node=entry.id, space=entry.space, blob=entry.blob, mtime=entry.mtime, title=title[:TITLE])
    Extract.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["node"], update_fields=["space", "blob", "mtime", "title"]
    )
    _replace(entry.id, told)
    mentions.tell(entry.id, text)


def _replace(node: int, told: Said) -> None:
    WORDS.put([Indexed(node, told.words)])
    for table in (Link, Task):
        table.objects.filter(node=node).delete()
    Link.objects.bulk_create(
        [Link(node=node, target=one.target, path=one.path, name=one.name) for one in told.links], batch_size=500
    )
    Task.objects.bulk_create(
        [Task(node=node, line=one.line, text=one.text, done=one.done) for one in told.tasks], batch_size=500
    )
