"""What many pads ask of the tree at one moment is one question: a folder is shared, and fifty pads in it look where they are."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from cartable.kernel.errors import NotFound
from cartable.pads import files
from cartable.spaces.entries import Entry

Result = TypeVar("Result")


class InTree(Protocol):
    """Runs what asks the tree, in a thread."""

    def __call__(self, act: Callable[..., Result], *values: object) -> Awaitable[Result]:
        """Return what it returns."""


class Chains:
    """Where files are. Who asks while a question is under way is in the next. Belongs to one event loop."""

    def __init__(self, in_tree: InTree) -> None:
        self._in_tree = in_tree
        self._waiting: list[tuple[int, asyncio.Future[Sequence[Entry]]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def of(self, node: int) -> Sequence[Entry]:
        """Return a file and all that it is in. Raises NotFound, and what databases raise."""
        answer: asyncio.Future[Sequence[Entry]] = asyncio.get_running_loop().create_future()
        self._waiting.append((node, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await answer

    async def _ask(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                await self._answer(waiting)
        finally:
            self._asking = None

    async def _answer(self, waiting: Sequence[tuple[int, asyncio.Future[Sequence[Entry]]]]) -> None:
        found: Mapping[int, Sequence[Entry]]
        failed: Exception | None = None
        try:
            found = await self._in_tree(files.chains, {node for node, _ in waiting})
        except Exception as error:  # noqa: BLE001 - whatever it is, it is for who asked
            found, failed = {}, error
        for node, answer in waiting:
            if answer.done():
                continue  # they have gone
            if node in found:
                answer.set_result(found[node])
            else:
                answer.set_exception(failed or NotFound(node))
