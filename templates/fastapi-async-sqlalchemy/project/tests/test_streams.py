"""The paths of large bodies have limits of their own, and all others keep theirs."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import cast

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from src.api.routes.files import STREAMS
from src.core import middleware
from src.core.streams import FORM_SIZE, with_own_limits
from tests.conftest import settings

FILE = "/files/0b0e6a3c-57a3-4a37-a3e2-5a3b2b1b0a10"


async def read_slowly(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        size = len(await Request(scope, receive).body())
        await asyncio.sleep(0.1)
        await PlainTextResponse(str(size))(scope, receive, send)
    except HTTPException as error:
        await PlainTextResponse(error.detail, error.status_code)(scope, receive, send)


async def answer(
    path: str, body: bytes | AsyncIterator[bytes], headers: Mapping[str, str] | None = None
) -> Response:
    limits = settings(
        MAX_BODY_SIZE=10, REQUEST_TIMEOUT=0.05, MAX_UPLOAD_SIZE=20, TRANSFER_TIMEOUT=5
    )
    app: ASGIApp = read_slowly
    for entry in reversed(with_own_limits(middleware.chosen(limits), STREAMS, limits)):
        app = entry.cls(app, *entry.args, **entry.kwargs)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        return await client.post(path, content=body, headers=headers)


@pytest.mark.parametrize("path", ["/files/", f"{FILE}/content"])
async def test_a_file_may_be_large_and_take_its_time(path: str) -> None:
    assert (await answer(path, b"x" * (20 + FORM_SIZE))).status_code == 200
    assert (await answer(path, b"x" * (21 + FORM_SIZE))).status_code == 413


@pytest.mark.parametrize("path", ["/files/", "/items/"])
async def test_nothing_is_read_of_a_body_that_is_announced_as_too_large(path: str) -> None:
    async def body() -> AsyncIterator[bytes]:
        read.append(path)
        yield b"x"

    read: list[str] = []
    announced = {"Content-Length": str(21 + FORM_SIZE)}
    assert (await answer(path, body(), announced)).status_code == 413
    assert read == []


@pytest.mark.parametrize("path", ["/items/", FILE, "/files", f"{FILE}/content/x"])
async def test_all_else_may_not(path: str) -> None:
    assert (await answer(path, b"x" * 10)).status_code == 504
    assert (await answer(path, b"x" * 11)).status_code == 413


def test_a_time_limit_that_is_switched_off_is_not_there() -> None:
    off = settings(TRANSFER_TIMEOUT=0)
    [*_, by_path] = with_own_limits(middleware.chosen(off), STREAMS, off)
    own, usual = (cast(list[Middleware], chain) for chain in by_path.args[1:])

    assert [*map(str, own)] == [f"Middleware(BodyLimit, {off.MAX_UPLOAD_SIZE + FORM_SIZE})"]
    assert [*map(str, usual)] == ["Middleware(Timeout, 30)", "Middleware(BodyLimit, 1048576)"]
