"""What happens around every request: one small class for each concern."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable
from functools import partial
from random import getrandbits
from typing import Any, cast

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope

from src.core.asgi import HEALTH, HttpMiddleware, Reply, add_header
from src.core.config import Settings
from src.core.errors import RequestTimedOut, ServerBusy, UnexpectedError, answer
from src.core.log import request_id

logger = logging.getLogger(__name__)

ID_OF_A_CALLER = re.compile(rb"[\w.-]{1,64}")


def chosen(settings: Settings) -> list[Middleware]:
    """Outermost first. What is switched off is not there at all, so it costs nothing."""
    chain = [Middleware(RequestId)]
    if settings.LOG_REQUESTS:
        chain.append(Middleware(RequestLog))
    if settings.PROCESS_TIME_HEADER:
        chain.append(Middleware(ProcessTime))
    chain.append(Middleware(SafeErrors))
    if settings.RATE_LIMIT:
        from src.core.rate_limit import RateLimit

        chain.append(Middleware(RateLimit, settings.RATE_LIMIT, settings.RATE_LIMIT_STORAGE_URL))
    if settings.MAX_CONCURRENT_REQUESTS:
        chain.append(Middleware(ConcurrencyLimit, settings.MAX_CONCURRENT_REQUESTS))
    if settings.REQUEST_TIMEOUT:
        chain.append(Middleware(Timeout, settings.REQUEST_TIMEOUT))
    chain.append(Middleware(BodyLimit, settings.MAX_BODY_SIZE))
    return chain


class RequestId(HttpMiddleware):
    """Gives each request an id, or keeps the caller's, so that its log lines can be found."""

    def http(self, scope: Scope, receive: Receive, send: Reply) -> Awaitable[None]:
        # An id guards nothing, so it need not be a secret: that would be a system call more.
        this_id = _given_id(scope) or f"{getrandbits(64):016x}"
        # The server runs each request in a context of its own, so this needs no undoing.
        request_id.set(this_id)
        send.before_start.append(partial(add_header, name=b"x-request-id", value=this_id))
        return self.app(scope, receive, send)


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and ID_OF_A_CALLER.fullmatch(value):
            return str(value, "latin-1")
    return None


class RequestLog(HttpMiddleware):
    """Writes one line for each request."""

    async def http(self, scope: Scope, receive: Receive, send: Reply) -> None:
        begin = time.perf_counter()
        try:
            await self.app(scope, receive, send)
        finally:
            seconds = round(time.perf_counter() - begin, 6)
            line = {"method": scope["method"], "path": scope["path"], "status": send.status}
            logger.info("request", extra={**line, "seconds": seconds})


class ProcessTime(HttpMiddleware):
    """Adds the header X-Process-Time: the seconds until the answer began."""

    def http(self, scope: Scope, receive: Receive, send: Reply) -> Awaitable[None]:
        begin = time.perf_counter()

        def add_time(start: Message) -> None:
            add_header(start, b"x-process-time", f"{time.perf_counter() - begin:.6f}")

        send.before_start.append(add_time)
        return self.app(scope, receive, send)


class SafeErrors(HttpMiddleware):
    """Whatever goes wrong, the log gets the stack trace and the client gets none of it."""

    async def http(self, scope: Scope, receive: Receive, send: Reply) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception:
            logger.exception(
                "unhandled error", extra={"method": scope["method"], "path": scope["path"]}
            )
            if not send.started:
                await answer(UnexpectedError())(scope, receive, send)


class ConcurrencyLimit(HttpMiddleware):
    """Refuses what is over the limit at once, so that the requests under way still end in time."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        super().__init__(app)
        self.limit = limit
        self.running = 0

    async def http(self, scope: Scope, receive: Receive, send: Reply) -> None:
        if self.running >= self.limit and scope["path"] != HEALTH:
            await answer(ServerBusy())(scope, receive, send)
            return
        self.running += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.running -= 1


class Timeout(HttpMiddleware):
    """Cancels what takes too long, a body that arrives too slowly included.

    All requests get the same time, so they are due in the order in which they came, and one
    timer for the first of them will do: a timer each would cost more than all the rest here.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        super().__init__(app)
        self.seconds = seconds
        self.due: dict[asyncio.Task[Any], float] = {}
        self.loop: asyncio.AbstractEventLoop | None = None  # in which the timer is set

    async def http(self, scope: Scope, receive: Receive, send: Reply) -> None:
        task = cast(asyncio.Task[Any], asyncio.current_task())
        self._watch(task)
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:
            if task in self.due:  # somebody else cancelled it: the client has gone
                raise
            task.uncancel()
            if send.started:
                raise TimeoutError from None
            await answer(RequestTimedOut())(scope, receive, send)
        finally:
            self.due.pop(task, None)

    def _watch(self, task: asyncio.Task[Any]) -> None:
        loop = task.get_loop()
        due = self.due[task] = loop.time() + self.seconds
        if self.loop is not loop:
            self._set_timer(loop, due)

    def _set_timer(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self.loop = loop
        loop.call_at(due, self._cancel_due, loop)

    def _cancel_due(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = None
        for task, due in list(self.due.items()):
            if due > loop.time():
                self._set_timer(loop, due)
                break
            del self.due[task]
            task.cancel()


class BodyLimit(HttpMiddleware):
    """Reads nothing of a body that is announced as too large.

    Others are counted as they arrive, since a body sent in chunks does not tell its size.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        super().__init__(app)
        self.limit = limit

    def http(self, scope: Scope, receive: Receive, send: Reply) -> Awaitable[None]:
        size = 0

        async def receive_within_limit() -> Message:
            nonlocal size
            if not size:
                self._check(_announced_size(scope))
            message = await receive()
            size += len(message.get("body", b""))
            self._check(size)
            return message

        return self.app(scope, receive_within_limit, send)

    def _check(self, size: int) -> None:
        if size > self.limit:
            # This is raised where the body is read, deep inside of FastAPI, which lets only
            # its own kind of error through.
            raise HTTPException(
                413, f"Body larger than {self.limit} bytes", {"Connection": "close"}
            )


def _announced_size(scope: Scope) -> int:
    return next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)
