"""Two people made one, and two again, as applications see it (`identity/lifecycle.py`).

What the absorbed account gave ends, and applications are told. In a sector where the survivor has no id yet, they take the
one that the absorbed account had: its applications know them again.
"""

from cartable.identity.oidc import ending
from cartable.identity.oidc.models import Subject


def merge(survivor: int, loser: int) -> list[str]:
    """End what the loser gave; return the sectors whose id the survivor takes over."""
    ending.person_over(loser)
    known = Subject.objects.filter(person=survivor).values("sector")
    taken = Subject.objects.filter(person=loser).exclude(sector__in=known)
    sectors = list(taken.values_list("sector", flat=True))
    Subject.objects.filter(person=loser, sector__in=sectors).update(person=survivor)
    return sectors


def unmerge(survivor: int, loser: int, sectors: list[str]) -> None:
    """Give those ids back, in the place of any drawn meanwhile; what the survivor gave under them ends."""
    ending.person_over(survivor)
    Subject.objects.filter(person=loser, sector__in=sectors).delete()
    Subject.objects.filter(person=survivor, sector__in=sectors).update(person=loser)
