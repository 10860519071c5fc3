"""A circuit breaker for each server that the gateway calls.

After several failures in a row, a server is left alone for a while: its clients are told at once,
and it can recover. Then a success closes the circuit, and a failure opens it again.
"""

import asyncio
from contextlib import AsyncExitStack

from httpx2 import (
    AsyncBaseTransport,
    ConnectError,
    LocalProtocolError,
    PoolTimeout,
    Request,
    Response,
)
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

# The answers of a server, or of a proxy before it, that cannot do its work.
DOWN = {502, 503, 504}

# These say nothing about the server.
OURS = (asyncio.CancelledError, LocalProtocolError, PoolTimeout)


class Down(Exception):
    def __init__(self, response: Response) -> None:
        self.response = response


class CircuitOpen(ConnectError):
    """The server is left alone for now."""


class Breakers(AsyncBaseTransport):
    def __init__(self, transport: AsyncBaseTransport, failures: int, pause_s: float) -> None:
        self.transport = transport
        self.breakers = AsyncCircuitBreakerFactory(failures, pause_s)

    async def handle_async_request(self, request: Request) -> Response:
        breaker = await self.breakers.get_breaker(request.url.netloc.decode())
        try:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(breaker)
                try:
                    return await self._send(request)
                except OURS:
                    stack.pop_all()
                    raise
        except Down as down:
            return down.response
        except OpenedState as opened:
            # It is the same error each time: its traceback would grow, and keep each request.
            raise CircuitOpen(str(opened)) from opened.with_traceback(None)

    async def _send(self, request: Request) -> Response:
        response = await self.transport.handle_async_request(request)
        if response.status_code in DOWN:
            raise Down(response)
        return response

    async def aclose(self) -> None:
        await self.transport.aclose()
