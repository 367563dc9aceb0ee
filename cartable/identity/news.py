"""News that what some people may do has changed, or that a session of theirs has ended: who keeps a connection open asks again."""

from collections.abc import Collection, Set

from cartable.kernel.realtime import announce

CHANNEL = "people"
NAMED = 1000  # people at most in one message; of more it names nobody, which means anybody


def tell(people: Collection[int]) -> None:
    """Announce it of these people, once the transaction commits."""
    if people:
        announce(CHANNEL, b" ".join(b"%d" % one for one in people) if len(people) <= NAMED else b"")


def named(message: bytes) -> Set[int]:
    """Return the people whom a message of CHANNEL names; nobody: it may be about anybody."""
    return frozenset(map(int, message.split()))
