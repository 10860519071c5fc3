"""The HTTP client for other services: one for the whole application, which shares connections."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
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
from pydantic import NonNegativeInt, PositiveInt
from starlette.datastructures import State

from src.core.config import EnvSettings, Seconds

# Sent twice, these have the same effect as sent once (RFC 9110, section 9.2.2).
IDEMPOTENT = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}

BUSY = {429, 502, 503, 504}

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0


class HttpSettings(EnvSettings):
    HTTP_TIMEOUT: Seconds = 5
    HTTP_ATTEMPTS: PositiveInt = 3
    HTTP_MAX_CONNECTIONS: NonNegativeInt = 100


class Busy(Exception):
    """An answer that may be different in a moment."""

    def __init__(self, response: Response) -> None:
        self.wait = response.headers.get("Retry-After", "")


class Retries(AsyncBaseTransport):
    """Repeats a request that failed, after growing pauses, where that is safe."""

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
    # A body that is made while it is sent cannot be sent again.
    return request.method in IDEMPOTENT and isinstance(request.stream, ByteStream)


def _pause(error: Exception) -> bool | float:
    """Whether to try again or, where the answer says it, after how many seconds."""
    if isinstance(error, Busy) and error.wait.isdecimal():
        return min(float(error.wait), LONGEST_PAUSE_S)
    return isinstance(error, (Busy, TransportError)) and not isinstance(error, PoolTimeout)


@cache
def _certificates() -> SSLContext:
    return create_ssl_context()  # reading them takes longer than the rest of the start


@asynccontextmanager
async def opened(state: State) -> AsyncIterator[None]:
    settings = HttpSettings()
    async with make_client(settings, make_connections(settings)) as state.http:
        yield


def make_connections(settings: HttpSettings) -> AsyncBaseTransport:
    limits = Limits(max_connections=settings.HTTP_MAX_CONNECTIONS or None)
    connections = AsyncHTTPTransport(verify=_certificates(), limits=limits)
    return Retries(connections, settings.HTTP_ATTEMPTS)


def make_client(settings: HttpSettings, transport: AsyncBaseTransport) -> AsyncClient:
    # It serves everybody, so it must not send the cookies of one user with the request of another.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return AsyncClient(
        transport=transport, timeout=settings.HTTP_TIMEOUT or None, cookies=no_cookies
    )
