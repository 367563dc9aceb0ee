"""What is kept beside the tree about documents that are no more, in the trash neither, is forgotten, five hundred at a time."""

from collections.abc import Iterator

from django.db.models import Model

from cartable.kernel.tasks import progress
from cartable.spaces import content

AT_ONCE = 500


def forget_erased(table: type[Model]) -> None:
    """Delete the rows of a table whose `node` is a document that is no more."""
    for gone in erased(table):
        table._default_manager.filter(node__in=gone).delete()  # noqa: SLF001 - Django's own name


def erased(table: type[Model]) -> Iterator[set[int]]:
    """Yield the documents that are no more of which a table has rows."""
    after = 0
    while nodes := _next(table, after):
        if gone := set(nodes) - content.known(nodes):
            yield gone
        after = nodes[-1]
        progress(0)


def _next(table: type[Model], after: int) -> list[int]:
    """Return the next documents, by id, of which a row is kept."""
    rows = table._default_manager.filter(node__gt=after).order_by("node")  # noqa: SLF001 - Django's own name
    return list(rows.values_list("node", flat=True).distinct()[:AT_ONCE])
