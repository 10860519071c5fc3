"""The few lines of ASGI that the middlewares share.

Each middleware is a class that calls the next one. `@app.middleware("http")` would be
shorter to write, but it costs two thirds of the throughput.
"""

from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Never limited: a busy server that seems dead to its watcher is killed when it is needed.
HEALTH = "/health"


class Reply:
    """The `send` of one request, one for all middlewares: a wrapper in each would add up."""

    __slots__ = ("before_start", "send", "status")

    def __init__(self, send: Send) -> None:
        self.send = send
        self.status: int | None = None  # until the answer begins
        self.before_start: list[Callable[[Message], None]] = []

    @property
    def started(self) -> bool:
        """Then it is too late for another answer."""
        return self.status is not None

    def __call__(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for change in self.before_start:
                change(message)
        return self.send(message)


class HttpMiddleware:
    """Passes on what is not HTTP, such as the start and the end of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self.app(scope, receive, send)
        return self.http(scope, receive, send if isinstance(send, Reply) else Reply(send))

    def http(self, scope: Scope, receive: Receive, send: Reply) -> Awaitable[None]:
        """`async` only where something is left to do after the next one."""
        raise NotImplementedError


def add_header(start: Message, name: bytes, value: str) -> None:
    start["headers"] = [*start["headers"], (name, value.encode("latin-1"))]
