"""A client that hangs up while its request is worked on."""

import asyncio
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from src.core import disconnects
from src.core.disconnects import CancelOnDisconnect


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disconnects, "WATCH_AFTER_S", 0.01)


class Client:
    """Sends its body in pieces, `pause_s` apart, and hangs up when it is told to."""

    def __init__(self, *pieces: bytes, pause_s: float = 0) -> None:
        self.pieces = [*pieces]
        self.pause_s = pause_s
        self.gone = asyncio.Event()
        self.received: list[str] = []
        headers = [(b"transfer-encoding", b"chunked")] if pieces else []
        request = {"type": "http", "method": "PUT", "path": "/users/1"}
        self.scope: Scope = {**request, "headers": headers}
        self.pieces = self.pieces or [b""]

    async def receive(self) -> Message:
        await asyncio.sleep(self.pause_s)
        if self.pieces:
            piece = self.pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self.pieces)}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.received.append(message["type"])


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})


async def read(receive: Receive) -> bytes:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    return body


@pytest.mark.parametrize("pieces", [[], [b"a"], [b"a", b"b"]])
async def test_the_work_for_a_client_that_hangs_up_is_cancelled(
    pieces: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    cancelled = False

    async def work(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal cancelled
        if pieces:
            await read(receive)
        asyncio.get_running_loop().call_later(0.03, client.gone.set)
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            cancelled = True
            raise

    client = Client(*pieces)
    with pytest.raises(HTTPException) as told:
        await CancelOnDisconnect(work)(client.scope, client.receive, client.send)

    assert (cancelled, told.value.status_code) == (True, 499)
    assert caplog.messages == ["the client hung up: PUT /users/1"]


@pytest.mark.parametrize("pieces", [[], [b"a"], [b"a", b"b", b"c"]])
@pytest.mark.parametrize("pause_s", [0, 0.04])
async def test_a_slow_request_loses_nothing_of_its_body(
    pieces: list[bytes], pause_s: float
) -> None:
    async def read_late(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.03)
        bodies.append(await read(receive))
        await asyncio.sleep(0.03)
        await answer(scope, receive, send)

    bodies: list[bytes] = []
    client = Client(*pieces, pause_s=pause_s)
    await CancelOnDisconnect(read_late)(client.scope, client.receive, client.send)

    assert bodies == [b"".join(pieces)]
    assert client.received == ["http.response.start", "http.response.body"]


async def test_what_is_done_after_the_answer_is_not_cancelled() -> None:
    async def work(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.03)
        await answer(scope, receive, send)
        client.gone.set()
        await asyncio.sleep(0.03)
        done.append("after the answer")

    done: list[str] = []
    client = Client()
    await CancelOnDisconnect(work)(client.scope, client.receive, client.send)

    assert done == ["after the answer"]


async def test_a_cancellation_by_somebody_else_is_not_taken_for_a_hang_up() -> None:
    async def work(*_: Any) -> None:
        await asyncio.sleep(5)

    client = Client()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.03):
            await CancelOnDisconnect(work)(client.scope, client.receive, client.send)
