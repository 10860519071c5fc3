"""Messages for all who listen: in this process or, through a Redis, in all processes together.

Every message has an id and is kept for a while, so that a client that lost its connection can ask
for what it missed. A client that does not take its messages fast enough is let go.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from secrets import token_hex
from typing import Annotated, NamedTuple

from anyio import ClosedResourceError, WouldBlock, create_memory_object_stream
from pydantic import NonNegativeInt, PositiveInt, StringConstraints
from starlette.status import WS_1012_SERVICE_RESTART, WS_1013_TRY_AGAIN_LATER

from src.core.config import EnvSettings
from src.core.errors import AppError


class HubSettings(EnvSettings):
    REALTIME_URL: Annotated[str, StringConstraints(pattern=r"^(memory://|rediss?://.+)$")] = (
        "memory://"
    )
    REALTIME_MAX_CLIENTS: NonNegativeInt = 10_000
    REALTIME_MAX_BEHIND: PositiveInt = 1000
    REALTIME_MAX_MESSAGE: PositiveInt = 4096
    REALTIME_HISTORY: PositiveInt = 1000


class TooManyClients(AppError):
    status = 503

    def __init__(self) -> None:
        super().__init__("Too many clients are connected", headers={"Retry-After": "10"})


class Message(NamedTuple):
    id: str
    topic: str
    text: str
    sender: str = ""


class Listener:
    """One client. Iterate over it for its messages, which end when it is let go."""

    def __init__(self, topic: str, most: int, missed: list[Message] | None, place: str) -> None:
        self.key = token_hex(8)
        self.topic = topic
        self.missed = missed
        self.place = place  # the id of the last message before those to come
        self.code = WS_1013_TRY_AGAIN_LATER
        self._inbox, self._outbox = create_memory_object_stream[Message](most)

    def offer(self, message: Message) -> None:
        try:
            self._inbox.send_nowait(message)
        except WouldBlock:
            self.let_go(WS_1013_TRY_AGAIN_LATER)
        except ClosedResourceError:
            pass  # it has been let go, and is about to notice

    def let_go(self, code: int) -> None:
        """`code` says why, in the numbers of WebSockets (RFC 6455, section 7.4)."""
        self.code = code
        self._inbox.close()

    async def __aiter__(self) -> AsyncIterator[Message]:
        for message in self.missed or []:
            yield message
        async for message in self._outbox:
            yield message

    def close(self) -> None:
        self._inbox.close()
        self._outbox.close()


class Hub:
    def __init__(self, settings: HubSettings) -> None:
        self.settings = settings
        self.listeners: set[Listener] = set()
        self.is_ending = False
        self._ids = (f"{time.time_ns() // 1_000_000}-{number}" for number in count())
        # The newest last. Before the first message, there is one that nobody gets.
        self.history = deque([Message(next(self._ids), "", "")], settings.REALTIME_HISTORY)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield

    @contextmanager
    def listening(self, topic: str, after: str | None = None) -> Iterator[Listener]:
        """To the messages that come and, before them, those that followed the one with an id.

        The listener's `missed` is None if it is not known any more what they were. Raises
        TooManyClients.
        """
        if 0 < self.settings.REALTIME_MAX_CLIENTS <= len(self.listeners):
            raise TooManyClients
        place = self.history[-1].id if self.history else ""
        most = self.settings.REALTIME_MAX_BEHIND
        listener = Listener(topic, most, self._since(topic, after), place)
        self.listeners.add(listener)
        if self.is_ending:  # who connects again may be quicker than the server at its end
            listener.let_go(WS_1012_SERVICE_RESTART)
        try:
            yield listener
        finally:
            self.listeners.discard(listener)
            listener.close()

    async def publish(self, topic: str, text: str, sender: str = "") -> None:
        """Raises an AppError if nobody gets it."""
        self.deliver(Message(next(self._ids), topic, text, sender))

    def deliver(self, message: Message) -> None:
        self.history.append(message)
        for listener in self.listeners:
            if listener.topic == message.topic:
                listener.offer(message)

    def let_all_go(self) -> None:
        self.is_ending = True
        for listener in self.listeners:
            listener.let_go(WS_1012_SERVICE_RESTART)

    def _since(self, topic: str, after: str | None) -> list[Message] | None:
        if after is None:
            return []
        ids = [message.id for message in self.history]
        if after not in ids:
            return None
        later = [*self.history][ids.index(after) + 1 :]
        return [message for message in later if message.topic == topic]
