"""Other limits on the paths on which large bodies travel: more bytes, and more time for them."""

import re
from collections.abc import Awaitable, Sequence

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from src.core.config import Settings
from src.core.middleware import BodyLimit, Timeout

# What a form has around the file.
FORM_SIZE = 16 * 1024


class ByPath:
    """Two ways through the middlewares: one for the paths that match, one for all others."""

    def __init__(
        self,
        app: ASGIApp,
        paths: re.Pattern[str],
        matching: Sequence[Middleware],
        others: Sequence[Middleware],
    ) -> None:
        self.paths = paths
        self.matching = _around(app, matching)
        self.others = _around(app, others)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        matches = scope["type"] == "http" and self.paths.fullmatch(scope["path"])
        return (self.matching if matches else self.others)(scope, receive, send)


def _around(app: ASGIApp, chain: Sequence[Middleware]) -> ASGIApp:
    for entry in reversed(chain):
        app = entry.cls(app, *entry.args, **entry.kwargs)
    return app


def with_own_limits(
    chain: Sequence[Middleware], paths: re.Pattern[str], settings: Settings
) -> list[Middleware]:
    """The same chain, in which these paths have the limits of uploads and downloads."""
    limits: set[object] = {BodyLimit, Timeout}
    usual = [entry for entry in chain if entry.cls in limits]
    own = [Middleware(BodyLimit, settings.MAX_UPLOAD_SIZE + FORM_SIZE)]
    if settings.TRANSFER_TIMEOUT:
        own.insert(0, Middleware(Timeout, settings.TRANSFER_TIMEOUT))
    return [
        *(entry for entry in chain if entry.cls not in limits),
        Middleware(ByPath, paths, own, usual),
    ]
