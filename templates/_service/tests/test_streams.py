"""Around answers without an end, and WebSockets: no limit counts them or cuts them short."""

import asyncio
from collections import defaultdict
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from src.core.middleware import RequestMiddleware
from tests.test_middleware import no_content, options

HTTP = {"type": "http", "method": "GET", "headers": []}
SOCKET = {"type": "websocket", "headers": [(b"x-request-id", b"r1")]}
START: Message = {"type": "http.response.start", "status": 200, "headers": []}


class Streams:
    """An application whose streams and WebSockets stay open until they are told to end."""

    def __init__(self, **changes: Any) -> None:
        self.surrounded = RequestMiddleware(self.app, **options(**changes))
        self.over = asyncio.Event()
        self.is_open = asyncio.Event()
        self.sent: dict[str, list[Message]] = defaultdict(list)
        self.client_reads = asyncio.Event()
        self.client_reads.set()

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/":
            await no_content(scope, receive, send)
            return
        if scope["path"] == "/faulty":
            raise ValueError("the password is 1234")
        if scope["type"] == "http":
            scope["state"]["limits"].stream()
            await send(START)
            await send({"type": "http.response.body", "body": b"first", "more_body": True})
        else:
            await send({"type": "websocket.accept", "headers": []})
        self.is_open.set()
        await self.over.wait()
        await send({"type": "http.response.body", "body": b"last"})

    async def ask(self, path: str, request: dict[str, Any] | None = None) -> list[Message]:
        sent = self.sent[path] = []

        async def send(message: Message) -> None:
            await self.client_reads.wait()
            sent.append(message)

        async def receive() -> Message:
            await asyncio.Event().wait()
            return {}

        await self.surrounded({**(request or HTTP), "path": path}, receive, send)
        return sent

    async def opened(self, path: str, request: dict[str, Any]) -> "asyncio.Task[list[Message]]":
        task = asyncio.create_task(self.ask(path, request))
        await asyncio.wait_for(self.is_open.wait(), 5)
        return task


@pytest.mark.parametrize("request_", [HTTP, SOCKET], ids=["stream", "websocket"])
async def test_no_timeout_cuts_it_and_no_limit_counts_it(request_: dict[str, Any]) -> None:
    streams = Streams(MAX_CONCURRENT_REQUESTS=1, REQUEST_TIMEOUT=0.05)
    task = await streams.opened("/stream", request_)
    await asyncio.sleep(0.1)

    start, _ = await streams.ask("/")
    assert (start["status"], task.done()) == (204, False)
    streams.over.set()
    assert (await task)[-1]["body"] == b"last"
    assert streams.surrounded.at_work == set()


async def test_a_client_that_takes_nothing_has_the_time_of_a_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    streams = Streams(REQUEST_TIMEOUT=0.05)
    task = await streams.opened("/stream", HTTP)
    streams.client_reads.clear()
    streams.over.set()

    assert [message.get("body") for message in await task] == [None, b"first"]
    assert caplog.messages == ["timed out: GET /stream"]


async def test_a_handshake_has_an_id_and_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="src")
    streams = Streams(LOG_REQUESTS=True)
    task = await streams.opened("/ws", SOCKET)
    headers = dict(streams.sent["/ws"][0]["headers"])

    [line] = caplog.records
    assert headers[b"x-request-id"] == b"r1"
    assert (line.method, line.path, line.status) == ("WEBSOCKET", "/ws", 101)  # type: ignore[attr-defined]
    streams.over.set()
    await task
    assert len(caplog.records) == 1


async def test_handshakes_have_a_rate_limit() -> None:
    streams = Streams(RATE_LIMIT="1/minute")
    streams.over.set()
    accepted = await streams.ask("/ws", SOCKET)
    refused = await streams.ask("/ws", SOCKET)

    assert accepted[0]["type"] == "websocket.accept"
    assert refused[0]["type"] == "websocket.http.response.start"
    assert refused[0]["status"] == 429


async def test_an_error_before_the_handshake_is_answered() -> None:
    start, body = await Streams().ask("/faulty", SOCKET)
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 500)
    assert b"1234" not in body["body"]
