"""The few lines of ASGI that the middlewares share.

Each middleware is a class that calls the next one. `@app.middleware("http")` would be
shorter to write, but it costs two thirds of the throughput.
"""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Never limited: a busy server that seems dead to its watcher is killed when it is needed.
HEALTH = "/health"


class HttpMiddleware:
    """Passes on what is not HTTP, such as the start and the end of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        handle = self.http if scope["type"] == "http" else self.app
        return handle(scope, receive, send)

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise NotImplementedError


class Reply:
    """A `send` that remembers whether the answer has begun: then it is too late for another."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.started = False

    def __call__(self, message: Message) -> Awaitable[None]:
        self.started = True
        return self.send(message)


def add_header(start: Message, name: bytes, value: str) -> None:
    start["headers"] = [*start["headers"], (name, value.encode("latin-1"))]
