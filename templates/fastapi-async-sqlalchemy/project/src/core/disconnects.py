"""A request whose client hangs up is cancelled: nobody waits for its answer.

So a change that a client gave up is not made after all, and the database stops working on it.
"""

import asyncio
import logging
from collections import deque
from typing import cast

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

WATCH_AFTER_S = 0.1  # most requests have ended by then, and watching costs a task


class CancelOnDisconnect:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        watch = Watch(scope, receive, send)
        try:
            await self.app(scope, watch.receive, watch.send)
        except asyncio.CancelledError:
            if not watch.take_back():
                raise
            logger.info("the client hung up: %s %s", scope["method"], scope["path"])
            raise HTTPException(499, "Client closed the connection") from None
        finally:
            watch.stop()


class Watch:
    """Over the connection of one request, while it is worked on: after its body has arrived,
    whose reader would notice a hang-up, and before its answer begins, whose sender would.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._early = deque[Message]()  # received, but not yet by the application
        self._one_at_a_time = asyncio.Lock()
        self._body_read = False
        self._hung_up = False
        self._request = cast(asyncio.Task[None], asyncio.current_task())
        self._task: asyncio.Task[None] | None = None
        self._loop = self._request.get_loop()
        self._timer = self._loop.call_later(WATCH_AFTER_S, self._start)

    def take_back(self) -> bool:
        """Whether it was this watch that cancelled the request; if so, it is cancelled no more."""
        if self._hung_up:
            self._request.uncancel()
        return self._hung_up

    async def receive(self) -> Message:
        if not self._early:
            async with self._one_at_a_time:
                if not self._early:
                    self._early.append(await self._receive())
        message = self._early.popleft()
        self._body_read = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        self.stop()
        await self._send(message)

    def stop(self) -> None:
        self._timer.cancel()
        if self._task:
            self._task.cancel()

    def _start(self) -> None:
        if self._body_read or not _has_body(self._scope):
            self._task = self._loop.create_task(self._cancel_on_disconnect())
        else:
            self._timer = self._loop.call_later(WATCH_AFTER_S, self._start)

    async def _cancel_on_disconnect(self) -> None:
        connected = True
        while connected:
            async with self._one_at_a_time:
                message = await self._receive()
            connected = message["type"] != "http.disconnect"
            self._early.append(message)  # an empty body, which the application may still read
        self._hung_up = self._request.cancel()


def _has_body(scope: Scope) -> bool:
    """Or may have one: HTTP/2 need not announce it."""
    headers = Headers(scope=scope)
    announced = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
    return announced or scope.get("http_version", "1.1") >= "2"
