"""Concurrent queries of one request, within one limit for the whole process."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import NonNegativeInt
from starlette.datastructures import State

from src.core.config import EnvSettings

A = TypeVar("A")
B = TypeVar("B")


class QuerySettings(EnvSettings):
    MAX_CONCURRENT_QUERIES: NonNegativeInt = 5


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
async def opened(state: State) -> AsyncIterator[None]:
    state.query_limit = QueryLimit(QuerySettings().MAX_CONCURRENT_QUERIES or sys.maxsize)
    yield


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_query_limit(request: Request) -> QueryLimit:
    query_limit: QueryLimit = request.app.state.query_limit
    return query_limit


QueryLimitDep = Annotated[QueryLimit, Depends(get_query_limit)]
