"""Turns errors into answers, and tells OpenAPI which answers there are."""

import json
import logging
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match

from src.core.errors import AppError, answer

logger = logging.getLogger(__name__)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

Responses = dict[int | str, dict[str, Any]]


class Error(BaseModel):
    """What went wrong, in words."""

    detail: str


class Fault(BaseModel):
    """One fault in a request."""

    type: str
    loc: list[str | int]
    msg: str


class InvalidRequest(BaseModel):
    """All faults in a request."""

    detail: list[Fault]


def describe(description: str, example: str, **headers: str) -> dict[str, Any]:
    return {
        "model": Error,
        "description": description,
        "content": {"application/json": {"example": {"detail": example}}},
        "headers": {
            name.replace("_", "-"): {"description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        },
    }


WAIT = "Seconds to wait before the next try"

# Any request may end in one of these.
COMMON: Responses = {
    429: describe("Too many requests from this client", "Too many requests", Retry_After=WAIT),
    500: describe("A fault of the server; the log has the details", "Internal server error"),
    503: describe(
        "The server is busy, or the data cannot be read or written now",
        "Server busy",
        Retry_After=WAIT,
    ),
    504: describe("The request took too long and was cancelled", "Request timeout"),
}
INVALID: Responses = {
    422: {"model": InvalidRequest, "description": "The request is not valid"},
}
NOT_FOUND: Responses = {404: describe("There is no such item", "Item with id 7 not found")}
WITH_BODY: Responses = {
    400: describe("The body cannot be read", "There was an error parsing the body"),
    413: describe("The body is too large", "Body larger than 1048576 bytes"),
}


async def app_error(request: Request, error: AppError) -> Response:
    if error.status >= 500:
        logger.error("%s", error, extra={"method": request.method, "path": request.url.path})
    return answer(error)


async def invalid_request(request: Request, error: RequestValidationError) -> Response:
    # FastAPI's own answer repeats the input. JSON cannot hold all input (NaN, halves of
    # surrogate pairs), so repeating it would turn a client's error into a 500.
    faults = [{key: fault[key] for key in ("type", "loc", "msg")} for fault in error.errors()]
    body = json.dumps({"detail": faults}, ensure_ascii=False).encode(errors="replace")
    return Response(body, 422, media_type="application/json")


async def method_not_allowed(request: Request, error: HTTPException) -> Response:
    # Starlette tells the methods of the first route with this path, but each has its own.
    allow = ", ".join(method for method in METHODS if _has_route(request, method))
    return JSONResponse({"detail": error.detail}, 405, {"Allow": allow})


def _has_route(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


def handle_errors(app: FastAPI) -> None:
    app.add_exception_handler(AppError, app_error)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, invalid_request)  # type: ignore[arg-type]
    app.add_exception_handler(405, method_not_allowed)  # type: ignore[arg-type]
