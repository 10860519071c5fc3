"""Passes a request on to a service, and its answer back, piece by piece (RFC 9110, section 7.6)."""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from urllib.parse import urlsplit

import httpx2
from fastapi import HTTPException, Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from src.core.end_to_end import Header, end_to_end
from src.core.errors import AppError
from src.core.http_errors import SourceUnreadable, source_errors
from src.core.log import request_id
from src.core.middleware import Limits
from src.core.project import PROJECT
from src.core.services import Service, Services

# The gateway says by itself who the client is, and the HTTP client which host it asks.
OWN_OF_REQUEST = re.compile(rb"host|expect|forwarded|x-forwarded-.*|x-real-ip|via|x-request-id")
# These are about the whole origin, which is the gateway's, or its own server sets them.
OWN_OF_ANSWER = re.compile(
    rb"date|server|x-request-id|access-control-.*|alt-svc|clear-site-data|service-worker-allowed"
    rb"|strict-transport-security"
)
CREDENTIALS = {b"authorization", b"cookie", b"set-cookie"}

# A page of a service must not act in the name of the gateway's other pages.
SANDBOX = (b"content-security-policy", b"sandbox")

WITHOUT_BODY = {204, 304}


class MethodRefused(AppError):
    status = 405

    def __init__(self, service: Service) -> None:
        allowed = ", ".join(sorted(service.methods))
        super().__init__("Method Not Allowed", headers={"Allow": allowed})


class Forwarded(StreamingResponse):
    """The answer of a service, whose connection is free again however this one ends."""

    def __init__(self, answer: httpx2.Response, name: str, headers: list[Header]) -> None:
        super().__init__(_pieces(answer, name), answer.status_code)
        self.raw_headers = headers
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self.answer):
            await super().__call__(scope, receive, send)


async def forward(services: Services, name: str, path: str, request: Request) -> Forwarded:
    """Raises SourceError if there is no answer, and in the middle of one that is not complete."""
    service = services.get(name)
    if request.method not in service.methods:
        raise MethodRefused(service)
    limits: Limits = request.state.limits
    limits.max_body_size = services.max_body
    query = f"?{request.url.query}" if request.url.query else ""
    to_send = httpx2.Request(
        request.method,
        service.url_of(path) + query,
        headers=_request_headers(request, service),
        content=_body(request, limits) if _has_body(request) else None,
    )
    try:
        with source_errors(name):
            answer = await services.client_of(service).send(to_send, stream=True)
    except ClientDisconnect:
        raise HTTPException(499, "Client closed the connection") from None
    limits.stream()
    if not 200 <= answer.status_code <= 599:
        await answer.aclose()
        raise SourceUnreadable(name)

    def in_our_words(location: bytes) -> bytes:
        inside = _path_within(service, location.decode("latin-1"))
        if inside is None:
            return location
        return f"{request.url_for('forward_get', service=name, path='')}{inside}".encode("latin-1")

    return Forwarded(answer, name, _answer_headers(answer, service, in_our_words))


def _has_body(request: Request) -> bool:
    return (
        "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"
    )


async def _body(request: Request, limits: Limits) -> AsyncIterator[bytes]:
    """Each piece has the time of a request, so that the whole may take longer."""
    async for piece in request.stream():
        limits.restart_timeout(limits.settings.REQUEST_TIMEOUT)
        yield piece


async def _pieces(answer: httpx2.Response, name: str) -> AsyncIterator[bytes]:
    with source_errors(name):
        async for piece in answer.aiter_raw():
            yield piece


def _request_headers(request: Request, service: Service) -> list[Header]:
    kept = _without_credentials(end_to_end(request.headers.raw), service)
    client = request.client.host if request.client else "unknown"
    return [
        *((name, value) for name, value in kept if not OWN_OF_REQUEST.fullmatch(name)),
        (b"x-forwarded-for", client.encode()),
        (b"x-forwarded-host", request.url.netloc.encode()),
        (b"x-forwarded-proto", request.url.scheme.encode()),
        (b"x-request-id", (request_id.get() or "").encode()),
        (b"via", f"1.1 {PROJECT.name}".encode()),
    ]


def _answer_headers(
    answer: httpx2.Response, service: Service, in_our_words: Callable[[bytes], bytes]
) -> list[Header]:
    headers = [
        (name, in_our_words(value) if name == b"location" else value)
        for name, value in _without_credentials(answer.headers.raw, service)
        if not OWN_OF_ANSWER.fullmatch(name)
        and not (name == b"content-length" and answer.status_code in WITHOUT_BODY)
    ]
    return headers if service.credentials else [*headers, SANDBOX]


def _without_credentials(headers: Iterable[Header], service: Service) -> Iterator[Header]:
    return (pair for pair in headers if service.credentials or pair[0] not in CREDENTIALS)


def _path_within(service: Service, location: str) -> str | None:
    base = str(service.url).rstrip("/")
    if location.startswith("/") and not location.startswith("//"):
        parts = urlsplit(base)
        location = f"{parts.scheme}://{parts.netloc}{location}"
    inside = location.removeprefix(f"{base}/")
    return None if inside == location else inside
