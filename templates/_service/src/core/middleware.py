"""What surrounds every request: its id, its limits, its time, and an answer whatever goes wrong."""

import asyncio
import logging
import math
import re
import time
from random import getrandbits

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.core.config import Settings
from src.core.log import request_id
from src.core.rate_limit import RateLimit

logger = logging.getLogger(__name__)

GIVEN_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
MAX_PATH = 4000  # twice the longest batch of ids; Python refuses integers of 4,300 digits
STARTS = {"http.response.start", "websocket.accept", "websocket.http.response.start"}


class Limits:
    """Those of one request. Where it may use more, a dependency raises `request.state.limits`."""

    def __init__(self, settings: Settings, at_work: "set[Limits]") -> None:
        self.settings = settings
        self.max_body_size = settings.MAX_BODY_SIZE
        self.timeout = asyncio.timeout(settings.REQUEST_TIMEOUT or None)
        self.at_work = at_work
        self.is_stream = False

    def restart_timeout(self, seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        self.timeout.reschedule(now + seconds if seconds else None)

    def stream(self) -> None:
        """For what goes on and on: no longer counted, and each message has a request's time."""
        self.is_stream = True
        self.at_work.discard(self)
        self.restart_timeout(0)

    async def send(self, message: Message, send: Send) -> None:
        if not self.is_stream or self.timeout.expired():
            await send(message)
            return
        self.restart_timeout(self.settings.REQUEST_TIMEOUT)
        await send(message)
        self.restart_timeout(0)


class RequestMiddleware:
    """Plain ASGI: each `@app.middleware("http")` would cost two thirds of the throughput.

    `unlimited` are the paths of the health checks: a server that seems dead because it is
    busy would be killed when it is needed most.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings, rate_limit: RateLimit, unlimited: set[str]
    ) -> None:
        self.app = app
        self.settings = settings
        self.rate_limit = rate_limit
        self.unlimited = unlimited
        self.at_work: set[Limits] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        begin = time.perf_counter()
        given = Headers(scope=scope).get("x-request-id", "")
        # An id guards nothing, so it need not be hard to guess.
        this_id = given if GIVEN_ID.fullmatch(given) else f"{getrandbits(64):016x}"
        request_id.set(this_id)
        method = scope.get("method", "WEBSOCKET")
        line = {"method": method, "path": scope["path"], "status": None}
        limits = scope.setdefault("state", {})["limits"] = Limits(self.settings, self.at_work)

        def log() -> None:
            if self.settings.LOG_REQUESTS:
                line["seconds"] = round(time.perf_counter() - begin, 6)
                logger.info("request", extra=line)

        async def reply(message: Message) -> None:
            if message["type"] in STARTS:
                line["status"] = message.get("status", 101)
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = this_id
                if self.settings.PROCESS_TIME_HEADER:
                    headers["X-Process-Time"] = f"{time.perf_counter() - begin:.6f}"
                if scope["type"] == "websocket":
                    log()  # now, as it may stay open for days
            await limits.send(message, send)

        try:
            await self._serve(scope, receive, reply, limits)
        except Exception as error:
            if not isinstance(error, HTTPException):
                logger.exception("unhandled error", extra=line)
                error = HTTPException(500, "Internal server error")
            if line["status"] is None:  # else it is too late for another answer
                answer = JSONResponse({"detail": error.detail}, error.status_code, error.headers)
                await answer(scope, receive, reply)
        finally:
            if scope["type"] == "http" or line["status"] is None:
                log()

    async def _serve(self, scope: Scope, receive: Receive, send: Send, limits: Limits) -> None:
        if len(scope["path"]) > MAX_PATH:
            raise HTTPException(414, "Path too long")
        if scope["path"].removeprefix(scope.get("root_path", "")) not in self.unlimited:
            await self.rate_limit.check((scope.get("client") or ["unknown"])[0])
            if 0 < self.settings.MAX_CONCURRENT_REQUESTS <= len(self.at_work):
                raise HTTPException(503, "Server busy", {"Retry-After": "1"})
        if scope.get("method") == "HEAD" and not has_route(scope):
            scope = {**scope, "method": "GET"}  # the server leaves out the body
        self.at_work.add(limits)
        try:
            async with limits.timeout:
                if scope["type"] == "websocket":
                    limits.stream()
                await self.app(scope, within(limits, scope, receive), send)
        except TimeoutError:
            if not limits.timeout.expired():
                raise
            logger.warning("timed out: %s %s", scope.get("method", "WEBSOCKET"), scope["path"])
            raise HTTPException(504, "Request timeout") from None
        finally:
            self.at_work.discard(limits)
            limits.is_stream = False


def has_route(scope: Scope) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in scope["app"].routes)


def within(limits: Limits, scope: Scope, receive: Receive) -> Receive:
    """Read nothing of a body announced as too large; count one sent in chunks as it arrives."""
    size = 0

    async def receive_within_limit() -> Message:
        nonlocal size
        announced = int(Headers(scope=scope).get("content-length", 0))
        most = limits.max_body_size or math.inf
        message = await receive() if announced <= most else {}
        size += len(message.get("body", b""))
        if max(announced, size) > most:
            # FastAPI, which reads the body, passes on no other kind of error.
            raise HTTPException(413, f"Body larger than {most} bytes", {"Connection": "close"})
        return message

    return receive_within_limit
