"""A hub of many processes: all of them read one stream in a Redis, each over one connection.

A Redis that dies or hangs for a while costs no message that it has taken: each process goes on
after the last one that it has read.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from src.core.errors import AppError
from src.core.hub import Hub, HubSettings, Message
from src.core.project import PROJECT

logger = logging.getLogger(__name__)

KEY = f"{PROJECT.name}:realtime"  # several projects may use one Redis
FIRST = "0-0"

ANSWER_S = 2.0
BLOCK_S = 1.0  # how long the Redis waits for a message before it says that there is none
PAUSE_S = 1.0

FAILURES = (RedisError, OSError)


class NotSent(AppError):
    status = 503

    def __init__(self) -> None:
        super().__init__("The message was not sent, try again", headers={"Retry-After": "1"})


class RedisHub(Hub):
    def __init__(self, settings: HubSettings) -> None:
        super().__init__(settings)
        self.history.clear()
        self._is_running = True
        self._redis: Any = Redis.from_url(
            settings.REALTIME_URL,
            decode_responses=True,
            socket_timeout=BLOCK_S + ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),  # what is sent again may arrive twice
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        with suppress(*FAILURES):  # which `_follow` tells of
            await self._remember()
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            self._is_running = False  # the client of the Redis may swallow a cancellation
            task.cancel()
            await asyncio.wait([task])
            await self._redis.aclose()

    async def publish(self, topic: str, text: str, sender: str = "") -> None:
        fields = {"topic": topic, "text": text, "sender": sender}
        most = self.settings.REALTIME_HISTORY
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._redis.xadd(KEY, fields, maxlen=most, approximate=True)
        except FAILURES as error:
            raise NotSent from error

    async def _follow(self) -> None:
        answers = True
        while self._is_running:
            try:
                await self._read()
                if not answers:
                    logger.info("the Redis of the messages answers again")
                answers = True
            except FAILURES as error:
                if answers:  # logged once, not every second
                    logger.warning("the Redis of the messages does not answer: %s", error)
                answers = False
                await asyncio.sleep(PAUSE_S)

    async def _remember(self) -> None:
        """What was there before this process, for clients that come back to it."""
        async with asyncio.timeout(ANSWER_S):
            newest = await self._redis.xrevrange(KEY, count=self.settings.REALTIME_HISTORY)
        self.history.append(Message(FIRST, "", ""))
        self.history.extend(_message(*entry) for entry in reversed(newest))

    async def _read(self) -> None:
        """Deliver what is new."""
        if not self.history:
            await self._remember()
        after = self.history[-1].id
        found = await self._redis.xread({KEY: after}, count=100, block=int(BLOCK_S * 1000))
        for _, entries in found:
            for entry in entries:
                self.deliver(_message(*entry))


def _message(message_id: str, fields: dict[str, str]) -> Message:
    """Of any version of this application: others may know fewer fields, or more."""
    return Message(message_id, *(fields.get(name, "") for name in ("topic", "text", "sender")))
