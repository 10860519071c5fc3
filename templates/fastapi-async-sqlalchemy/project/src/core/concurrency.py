"""Concurrent queries of one request, within one limit for the whole process."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from src.core.config import Settings

A = TypeVar("A")
B = TypeVar("B")


class QueryLimit:
    """So that no request takes the connections that the others need."""

    def __init__(self, limit: int) -> None:
        self._free = asyncio.Semaphore(limit)

    async def run_both(
        self, first: Callable[[], Awaitable[A]], second: Callable[[], Awaitable[B]]
    ) -> tuple[A, B]:
        """When one fails, the other is cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                one = group.create_task(self._within_limit(first))
                other = group.create_task(self._within_limit(second))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return one.result(), other.result()

    async def _within_limit(self, query: Callable[[], Awaitable[A]]) -> A:
        async with self._free:
            return await query()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[QueryLimit]:
    yield QueryLimit(settings.MAX_CONCURRENT_QUERIES or sys.maxsize)
