"""At most so many requests from one client in a span of time, counted by the library `limits`."""

import logging
import math
import time
from typing import cast

from limits import parse
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string
from starlette.types import ASGIApp, Receive, Scope

from src.core.asgi import HEALTH, HttpMiddleware, Reply
from src.core.errors import TooManyRequests, answer

logger = logging.getLogger(__name__)


class BoundedMemory(MemoryStorage):
    """Counters in this process, never more than `most`: addresses are cheap for an attacker."""

    most = 10_000

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        if self.expirations.get(key, 0) <= now:
            self._make_room(now)
            self.storage[key] = 0
            self.expirations[key] = now + expiry
        self.storage[key] += amount
        return self.storage[key]

    def _make_room(self, now: float) -> None:
        if len(self.expirations) < self.most:
            return
        alive = {key: end for key, end in self.expirations.items() if end > now}
        # Still full: forget everybody rather than grow. That forgives some, for one window.
        self.expirations = alive if len(alive) < self.most else {}
        for key in self.storage.keys() - self.expirations.keys():
            del self.storage[key]


def _storage(url: str) -> Storage:
    if url == "memory://":
        return BoundedMemory()
    storage = storage_from_string(f"async+{url}", implementation="redispy", wrap_exceptions=True)
    return cast(Storage, storage)  # the same function makes the ones that are not async


class RateLimit(HttpMiddleware):
    """Refuses a client that is over its rate, and tells it when to come back."""

    def __init__(self, app: ASGIApp, rate: str, storage_url: str) -> None:
        super().__init__(app)
        self.rate = parse(rate)
        self.limiter = FixedWindowRateLimiter(_storage(storage_url))

    async def http(self, scope: Scope, receive: Receive, send: Reply) -> None:
        client = scope["client"][0] if scope["client"] else "unknown"
        if scope["path"] == HEALTH or await self._allows(client):
            await self.app(scope, receive, send)
        else:
            await answer(TooManyRequests(await self._wait_s(client)))(scope, receive, send)

    async def _allows(self, client: str) -> bool:
        try:
            return await self.limiter.hit(self.rate, client)
        except StorageError:
            # Better without a limit for a while than without a service.
            logger.warning("rate limit storage cannot be reached", exc_info=True)
            return True

    async def _wait_s(self, client: str) -> int:
        window = await self.limiter.get_window_stats(self.rate, client)
        return max(1, math.ceil(window.reset_time - time.time()))
