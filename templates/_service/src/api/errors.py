"""Turns errors into answers, and tells OpenAPI which answers there are."""

import json
import logging
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.requests import HTTPConnection
from starlette.routing import Match

from src.core.errors import AppError

logger = logging.getLogger(__name__)

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Error(BaseModel):
    """What went wrong, in words."""

    detail: str


Responses = dict[int | str, dict[str, Any]]


def answers(descriptions: dict[int, str]) -> Responses:
    return {status: {"model": Error, "description": text} for status, text in descriptions.items()}


COMMON = answers(
    {
        414: "The path is too long",
        429: "Too many requests from this client; Retry-After says how many seconds to wait",
        500: "A fault of the server; the log has the details",
        503: "The server is busy, or the data cannot be read or written now",
        504: "The request took too long and was cancelled",
    }
)
WITH_BODY = answers({400: "The body cannot be parsed", 413: "The body is too large"})
NO_ROOM = answers({507: "No room is left to keep the data"})


async def app_error(request: HTTPConnection, error: AppError) -> Response:
    if error.status >= 500:
        method = request.scope.get("method", "WEBSOCKET")
        logger.error("%s", error, extra={"method": method, "path": request.url.path})
    return JSONResponse({"detail": error.detail}, error.status, error.headers)


async def invalid_request(request: Request, error: RequestValidationError) -> Response:
    # FastAPI's own answer repeats the input. JSON cannot hold every input (NaN, halves of
    # surrogate pairs), so that would turn a client's error into a 500.
    faults = [{key: fault[key] for key in ("type", "loc", "msg")} for fault in error.errors()]
    body = json.dumps({"detail": faults}, ensure_ascii=False).encode(errors="replace")
    return Response(body, 422, media_type="application/json")


async def method_not_allowed(request: Request, error: HTTPException) -> Response:
    # Starlette names the methods of the first route with this path, but each has its own.
    allowed = [method for method in METHODS if _has_route(request, method)]
    if "GET" in allowed:
        allowed.insert(1, "HEAD")
    return JSONResponse({"detail": error.detail}, 405, {"Allow": ", ".join(allowed)})


def _has_route(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


HANDLERS: dict[int | type[Exception], Any] = {
    AppError: app_error,
    RequestValidationError: invalid_request,
    405: method_not_allowed,
}
