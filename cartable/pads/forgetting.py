"""What is kept beside the tree about documents that are no more, in the trash neither, is forgotten, five hundred at a time."""

from django.db.models import Model

from cartable.kernel.tasks import progress
from cartable.spaces import content

AT_ONCE = 500


def forget_erased(table: type[Model]) -> None:
    """Delete the rows of a table whose `node` is a document that is no more."""
    rows, after = table._default_manager, 0  # noqa: SLF001 - Django's own name
    while nodes := _next(table, after):
        rows.filter(node__in=set(nodes) - content.known(nodes)).delete()
        after = nodes[-1]
        progress(0)


def _next(table: type[Model], after: int) -> list[int]:
    """Return the next documents, by id, of which a row is kept."""
    rows = table._default_manager.filter(node__gt=after).order_by("node")  # noqa: SLF001 - Django's own name
    return list(rows.values_list("node", flat=True).distinct()[:AT_ONCE])
