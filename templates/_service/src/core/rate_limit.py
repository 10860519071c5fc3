"""At most so many requests from one client in a span of time, counted by the library `limits`."""

import asyncio
import logging
import math
import time
from typing import Any

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string
from starlette.exceptions import HTTPException

from src.core.project import PROJECT

logger = logging.getLogger(__name__)

PATIENCE_S = 0.5  # with a Redis that does not answer
PAUSE_S = 5.0  # before it is asked again


class BoundedMemory(MemoryStorage):
    """Counters in this process, never more than `most`: addresses are cheap for an attacker."""

    most = 10_000

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        if self.expirations.get(key, 0) <= time.time():
            if len(self.storage) >= self.most:
                await self.reset()  # forget everybody rather than grow
            self.storage[key], self.expirations[key] = 0, time.time() + expiry
        self.storage[key] += amount
        return self.storage[key]


class RateLimit:
    def __init__(self, rate: str, url: str) -> None:
        self.rate = parse(rate) if rate else None
        storage: Any = BoundedMemory()
        if rate and url != "memory://":
            redis: dict[str, str | bool] = {"implementation": "redispy", "wrap_exceptions": True}
            storage = storage_from_string(f"async+{url}", **redis)
        self.limiter = FixedWindowRateLimiter(storage)
        self.paused_until = 0.0

    async def check(self, client: str) -> None:
        """Refuse a client over its rate; while requests cannot be counted, refuse nobody."""
        if self.rate is None or time.monotonic() < self.paused_until:
            return
        try:
            async with asyncio.timeout(PATIENCE_S):
                if await self.limiter.hit(self.rate, PROJECT.name, client):
                    return
                window = await self.limiter.get_window_stats(self.rate, PROJECT.name, client)
        except (StorageError, TimeoutError):
            self.paused_until = time.monotonic() + PAUSE_S
            logger.warning("requests cannot be counted for the rate limit", exc_info=True)
            return
        wait_s = max(1, math.ceil(window.reset_time - time.time()))
        raise HTTPException(429, "Too many requests", {"Retry-After": str(wait_s)})
