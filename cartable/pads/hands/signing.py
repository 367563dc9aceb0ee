"""Whose hand wrote what. Each piece of a document says as which client it was typed, and a client is one person's for as long as
it lives: so it is kept whose each client is. Text that came with a file, and what was typed before this was kept, is nobody's.
"""

from collections.abc import Mapping

from cartable.identity import people
from cartable.pads.hands.models import Hand
from cartable.pads.presence import Who


def sign(node: int, hands: Mapping[int, int]) -> None:
    """Keep which person types as each client of a document. Who had a client before keeps it."""
    rows = [Hand(node=node, client=client, person=person) for client, person in hands.items()]
    Hand.objects.bulk_create(rows, ignore_conflicts=True)


def clients(node: int) -> dict[int, int]:
    """Return which person types as each client of a pad."""
    return dict(Hand.objects.filter(node=node).values_list("client", "person"))


def of(node: int) -> dict[int, dict[str, str]]:
    """Return who types as each client of a pad, as presence tells of them. Two queries."""
    hands = clients(node)
    named = people.named(set(hands.values()))
    return {client: Who(*named[person], person).user for client, person in hands.items() if person in named}
