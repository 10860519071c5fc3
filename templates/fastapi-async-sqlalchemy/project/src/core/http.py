"""HTTP to the outside: one client for the whole application, so that connections are shared."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from ssl import SSLContext

import stamina
from httpx2 import (
    AsyncBaseTransport,
    AsyncClient,
    AsyncHTTPTransport,
    ByteStream,
    Limits,
    PoolTimeout,
    Request,
    Response,
    TransportError,
    create_ssl_context,
)

from src.core.config import Settings

# Whoever sends one of these twice has the same as whoever sends it once (RFC 9110, 9.2.2).
IDEMPOTENT = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}

BUSY = {429, 502, 503, 504}

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0


class Busy(Exception):
    """An answer that may be another one in a moment."""

    def __init__(self, response: Response) -> None:
        self.wait = response.headers.get("Retry-After", "")


class Retries(AsyncBaseTransport):
    """Sends a request again that failed, after growing pauses, if that cannot do harm."""

    def __init__(self, transport: AsyncBaseTransport, attempts: int) -> None:
        self.transport = transport
        self.attempts = attempts

    async def handle_async_request(self, request: Request) -> Response:
        if not _can_be_repeated(request):
            return await self.transport.handle_async_request(request)
        async for attempt in self._attempts():
            with attempt:
                return await self._send(request, is_last=attempt.num == self.attempts)
        raise RuntimeError("there is always a last attempt")

    async def _send(self, request: Request, is_last: bool) -> Response:
        response = await self.transport.handle_async_request(request)
        if response.status_code in BUSY and not is_last:
            await response.aclose()
            raise Busy(response)
        return response

    def _attempts(self) -> AsyncIterator[stamina.Attempt]:
        return stamina.retry_context(
            on=_pause,
            attempts=self.attempts,
            timeout=None,
            wait_initial=FIRST_PAUSE_S,
            wait_max=LONGEST_PAUSE_S,
            wait_jitter=FIRST_PAUSE_S,
        )

    async def aclose(self) -> None:
        await self.transport.aclose()


def _can_be_repeated(request: Request) -> bool:
    # A body that is made while it is sent is gone afterwards.
    return request.method in IDEMPOTENT and isinstance(request.stream, ByteStream)


def _pause(error: Exception) -> bool | float:
    """Whether to try again, or after how many seconds, if the other side has told it."""
    if isinstance(error, Busy) and error.wait.isdecimal():
        return min(float(error.wait), LONGEST_PAUSE_S)
    return isinstance(error, (Busy, TransportError)) and not isinstance(error, PoolTimeout)


@cache
def _certificates() -> SSLContext:
    return create_ssl_context()  # to read them takes longer than all else at the start


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[AsyncClient]:
    limits = Limits(max_connections=settings.HTTP_MAX_CONNECTIONS)
    connections = AsyncHTTPTransport(verify=_certificates(), limits=limits)
    transport = Retries(connections, settings.HTTP_ATTEMPTS)
    async with AsyncClient(transport=transport, timeout=settings.HTTP_TIMEOUT or None) as client:
        yield client
