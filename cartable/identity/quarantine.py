"""Addresses of people who were erased: what is kept is enough to refuse them to others, and tells nothing else."""

from collections.abc import Iterable

from cartable.identity.models import FormerAddress
from cartable.kernel.bulk import among
from cartable.kernel.sealing import digest

PURPOSE = "address that was somebody's"


def keep(mails: Iterable[str]) -> None:
    """Let these addresses, in lower case, never be given to anybody again."""
    FormerAddress.objects.bulk_create((FormerAddress(digest=_mark(mail)) for mail in mails), ignore_conflicts=True)


def held(mails: Iterable[str]) -> set[str]:
    """Return which of these addresses were somebody's who was erased. One query."""
    marks = {_mark(mail): mail for mail in mails}
    found = FormerAddress.objects.filter(among("pk", marks)).values_list("pk", flat=True)
    return {marks[bytes(mark)] for mark in found}


def _mark(mail: str) -> bytes:
    return digest(f"{PURPOSE} {mail}")
