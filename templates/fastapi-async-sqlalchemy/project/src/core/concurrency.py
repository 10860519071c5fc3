"""Work side by side, but only so much of it at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from src.core.config import Settings

A = TypeVar("A")
B = TypeVar("B")


class SideBySide:
    """The limit is for all requests of a process together: others need connections, too."""

    def __init__(self, limit: int) -> None:
        self._free = asyncio.Semaphore(limit)

    async def both(
        self, first: Callable[[], Awaitable[A]], second: Callable[[], Awaitable[B]]
    ) -> tuple[A, B]:
        """When one fails, the other is cancelled rather than left to work for nobody."""
        try:
            async with asyncio.TaskGroup() as group:
                one = group.create_task(self._within_limit(first))
                other = group.create_task(self._within_limit(second))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return one.result(), other.result()

    async def _within_limit(self, work: Callable[[], Awaitable[A]]) -> A:
        async with self._free:
            return await work()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[SideBySide]:
    yield SideBySide(settings.MAX_CONCURRENT_QUERIES)
