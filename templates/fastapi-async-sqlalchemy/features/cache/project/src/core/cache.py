"""A read-through cache: in this process or, for all processes and machines together, in a Redis.

The library `cashews` keeps the values, which are bytes. This module adds what the library leaves to
its users: many readers of a missing value cause one load, an old value that arrives after a change
is not kept, and a Redis that does not answer costs time but no request.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Annotated, Any, TypeVar

from cashews import Cache as Backends
from cashews.exceptions import CacheBackendInteractionError
from fastapi import Depends, Request
from pydantic import PositiveInt, StringConstraints
from starlette.datastructures import State

from src.core.config import EnvSettings, Seconds
from src.core.project import PROJECT

logger = logging.getLogger(__name__)

T = TypeVar("T")
Load = Callable[[], Awaitable[bytes]]

ANSWER_S = 0.5  # a Redis that takes longer than this is of no help
NEXT_TRY_S = 5.0  # the pause after a Redis did not answer
LOAD_S = 10.0  # how long other processes wait for the one that loads
LOOK_S = 0.02

# The library would turn digits into a number; this mark keeps them bytes.
MARK = b"="


class CacheSettings(EnvSettings):
    # In this process, or in a Redis for all processes and machines together.
    CACHE_URL: Annotated[str, StringConstraints(pattern=r"^(memory://|rediss?://.+)$")] = (
        "memory://"
    )
    CACHE_TTL: Seconds = 60
    CACHE_SIZE: PositiveInt = 10_000


class Cache:
    def __init__(self, url: str, ttl_s: float, size: int) -> None:
        self.ttl_s = ttl_s
        self.backend = _backend(url, size)
        self._gets: dict[str, asyncio.Task[bytes]] = {}
        self._asleep_until = 0.0

    async def get(self, key: str, load: Load) -> bytes:
        """The value that is kept or else the one of `load`, which is kept from then on."""
        return await self._get_once(_shared(key), load) if self.ttl_s else await load()

    async def forget(self, *keys: str) -> None:
        """Call this when a change is committed: every later read sees the change."""
        for key in map(_shared, keys):
            self._gets.pop(key, None)
            await self._ask(self.backend.delete_many(key, _lock(key)), None)

    async def open(self) -> None:
        await self._ask(self.backend.init(), None)

    async def close(self) -> None:
        for task in self._gets.values():
            task.cancel()
        await self.backend.close()

    async def _kept(self, key: str) -> bytes | None:
        value = await self._ask(self.backend.get(key), None)
        return value.removeprefix(MARK) if isinstance(value, bytes) else None

    async def _get_once(self, key: str, load: Load) -> bytes:
        """One task for all readers in this process, any of which may be cancelled."""
        task = self._gets.get(key)
        if task is None:
            task = self._gets[key] = asyncio.create_task(self._get(key, load))
            task.add_done_callback(lambda done: self._done(key, done))
        return await asyncio.shield(task)

    def _done(self, key: str, task: asyncio.Task[bytes]) -> None:
        if self._gets.get(key) is task:
            del self._gets[key]
        if not task.cancelled():
            task.exception()  # retrieved, even if nobody waits any more

    async def _get(self, key: str, load: Load) -> bytes:
        kept = await self._kept(key)
        return await self._load(key, load) if kept is None else kept

    async def _load(self, key: str, load: Load) -> bytes:
        """One process loads. The others wait for its value and, if that takes long, load too."""
        token = token_hex(8)
        if await self._ask(self.backend.set_lock(_lock(key), token, LOAD_S), True):
            return await self._load_and_keep(key, load, token)
        await self._ask(self.backend.is_locked(_lock(key), wait=LOAD_S, step=LOOK_S), False)
        kept = await self._kept(key)
        return await load() if kept is None else kept

    async def _load_and_keep(self, key: str, load: Load, token: str) -> bytes:
        kept = False
        try:
            value = await load()
            kept = await self._ask(self.backend.set(key, MARK + value, expire=self.ttl_s), False)
            return value
        finally:
            unchanged = await self._ask(self.backend.unlock(_lock(key), token), True)
            if kept and not unchanged:  # `forget` has taken the lock away: the value may be old
                await self._ask(self.backend.delete(key), None)

    async def _ask(self, question: Coroutine[Any, Any, T], otherwise: T) -> T:
        if time.monotonic() < self._asleep_until:
            question.close()
            return otherwise
        try:
            answer = await question
        except (CacheBackendInteractionError, OSError) as error:
            self._sleep(error)
            return otherwise
        if self._asleep_until:
            self._asleep_until = 0.0
            logger.info("the cache answers again")
        return answer

    def _sleep(self, error: Exception) -> None:
        if not self._asleep_until:  # logged once, not for each request
            logger.warning("the cache does not answer: %s", error.__cause__ or error)
        self._asleep_until = time.monotonic() + NEXT_TRY_S


def _shared(key: str) -> str:
    """Several projects may use one Redis."""
    return f"{PROJECT.name}:{key}"


def _lock(key: str) -> str:
    return f"{key}:lock"


def _backend(url: str, size: int) -> Any:
    if url == "memory://":
        return Backends().setup("mem://", size=size, check_interval=0)
    return Backends().setup(
        url,
        pickle_type="null",  # a pickled value could run code here
        suppress=False,
        socket_timeout=ANSWER_S,
        socket_connect_timeout=ANSWER_S,
        wait_for_connection_timeout=ANSWER_S,
        max_connections=50,
    )


@asynccontextmanager
async def opened(state: State) -> AsyncIterator[None]:
    settings = CacheSettings()
    cache = state.cache = Cache(settings.CACHE_URL, settings.CACHE_TTL, settings.CACHE_SIZE)
    await cache.open()
    try:
        yield
    finally:
        await cache.close()


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_cache(request: Request) -> Cache:
    cache: Cache = request.app.state.cache
    return cache


CacheDep = Annotated[Cache, Depends(get_cache)]
