"""Whoever is about to read the file of a pad has it written first: in whatever process it is open, who has it is asked.

Where nobody listens nobody has it open, and nothing is waited for. Nor is it for long: the file is behind by seconds at most.
"""

import asyncio
import contextlib
import secrets

from cartable.kernel.realtime import Missed, bus, publish, subscribe

WAITS = 1.0  # seconds that somebody who reads may lose


def channel(node: int) -> str:
    """Return the channel on which a pad is asked to be written, by a word that is repeated once it is."""
    return f"pad {node} asked"


def write(node: int) -> bool:
    """Have the file of a pad hold all that was typed; return whether the pad is open anywhere. In a thread, outside of any transaction."""
    if not bus().listeners(channel(node)):
        return False
    asyncio.run(_ask(node))
    return True


def answer(node: int, word: bytes) -> None:
    """Say that the file is written."""
    publish(_answers(node), word)


async def _ask(node: int) -> None:
    word = secrets.token_bytes(8)
    with contextlib.suppress(Missed, TimeoutError):
        async with asyncio.timeout(WAITS), subscribe(_answers(node)) as news:
            publish(channel(node), word)
            async for _, heard in news:
                if heard == word:
                    return


def _answers(node: int) -> str:
    return f"pad {node} written"
