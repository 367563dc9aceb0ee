"""Whoever reads who is who to write what follows of it waits for their turn: imports, SCIM calls, merges, erasures."""

from cartable.identity.feeds.models import Feed


def take() -> None:
    """Let no other decide who is who before this transaction ends. Before any other row is locked, and any person read.

    What feeds plan is about people: one planned for who is then merged or erased would be written to who is no more. Where
    no feed ever came there is nothing to wait for. On SQLite one transaction writes at a time already.
    """
    list(Feed.objects.select_for_update().order_by("pk").values_list("pk"))
