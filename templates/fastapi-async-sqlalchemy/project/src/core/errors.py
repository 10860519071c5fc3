"""What can go wrong, as types: each error knows its status and what to tell the client.

AppError
├── NotFound              404  there is no such record
├── TooManyRequests       429  this client is over its rate
├── UnexpectedError       500  a fault of ours; the log has the details
├── ServerBusy            503  too many requests are being worked on
└── RequestTimedOut       504  the work took too long and was cancelled
"""

from collections.abc import Mapping
from typing import ClassVar

from starlette.responses import JSONResponse


class AppError(Exception):
    """`detail` and `headers` are for the client, `str(error)` is for the log."""

    status: ClassVar[int] = 500

    def __init__(self, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers


class NotFound(AppError):
    status = 404

    def __init__(self, kind: str, record_id: object) -> None:
        super().__init__(f"{kind} with id {record_id} not found")


class TooManyRequests(AppError):
    status = 429

    def __init__(self, wait_s: int) -> None:
        super().__init__("Too many requests", {"Retry-After": str(wait_s)})


class UnexpectedError(AppError):
    def __init__(self) -> None:
        super().__init__("Internal server error")


class ServerBusy(AppError):
    status = 503

    def __init__(self) -> None:
        super().__init__("Server busy", {"Retry-After": "1"})


class RequestTimedOut(AppError):
    status = 504

    def __init__(self) -> None:
        super().__init__("Request timeout")


def answer(error: AppError) -> JSONResponse:
    """The one shape that every error has for the client."""
    return JSONResponse({"detail": error.detail}, error.status, error.headers)
