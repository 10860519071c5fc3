"""What happens around the requests: ids, limits, safe errors."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from limits.errors import StorageError
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.core import log, middleware
from src.core.rate_limit import BoundedMemory, RateLimit
from tests.conftest import settings


def client_of(app: ASGIApp) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app), base_url="http://test")


async def no_content(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def test_each_request_has_an_id_and_a_caller_may_give_it(async_client: AsyncClient) -> None:
    ids = [(await async_client.get("/")).headers["X-Request-ID"] for _ in range(2)]
    assert ids[0] != ids[1]

    kept = await async_client.get("/", headers={"X-Request-ID": "from-the-proxy.1"})
    assert kept.headers["X-Request-ID"] == "from-the-proxy.1"

    refused = await async_client.get("/", headers={"X-Request-ID": "a b" * 100})
    assert "a b" not in refused.headers["X-Request-ID"]


async def test_the_time_that_a_request_took_is_in_a_header(async_client: AsyncClient) -> None:
    assert float((await async_client.get("/")).headers["X-Process-Time"]) > 0


async def test_what_is_switched_off_is_not_there() -> None:
    off = settings(
        PROCESS_TIME_HEADER=False, MAX_CONCURRENT_REQUESTS=0, REQUEST_TIMEOUT=0, MAX_BODY_SIZE=9
    )
    left = [str(entry) for entry in middleware.chosen(off)]

    assert left == ["Middleware(RequestId)", "Middleware(SafeErrors)", "Middleware(BodyLimit, 9)"]


def echo_within(limit: int) -> AsyncClient:
    app = FastAPI(middleware=[Middleware(middleware.BodyLimit, limit)])

    @app.post("/")
    async def echo(body: list[int]) -> list[int]:
        return body

    return client_of(app)


async def test_a_body_over_the_limit_is_refused_however_it_is_sent() -> None:
    async def in_chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b" " * 50

    client = echo_within(100)
    for content in (b" " * 101, in_chunks()):
        response = await client.post("/", content=content)
        assert response.status_code == 413
        assert response.json() == {"detail": "Body larger than 100 bytes"}
    assert (await client.post("/", json=[1])).json() == [1]


async def test_nothing_is_read_of_a_body_that_is_announced_as_too_large() -> None:
    async def body() -> AsyncIterator[bytes]:
        read.append("something")
        yield b" "

    read: list[str] = []
    response = await echo_within(100).post("/", content=body(), headers={"Content-Length": "101"})

    assert response.status_code == 413
    assert read == []


async def test_a_client_over_its_rate_is_told_when_to_come_back() -> None:
    client = client_of(RateLimit(no_content, "2/minute", "memory://"))
    statuses = [(await client.get("/items/")).status_code for _ in range(3)]
    response = await client.get("/items/")

    assert statuses == [204, 204, 429]
    assert response.json() == {"detail": "Too many requests"}
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert (await client.get("/health")).status_code == 204


async def test_the_memory_for_rates_is_bounded() -> None:
    counters = BoundedMemory()
    for number in range(3 * counters.most):
        await counters.incr(f"client {number}", 60)

    assert len(counters.storage) <= counters.most
    assert await counters.incr("client 1", 60) == 1
    assert await counters.incr("client 1", 60) == 2


async def test_while_rates_cannot_be_counted_nobody_is_refused(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def unreachable(*args: object) -> bool:
        raise StorageError(ConnectionError())

    limit = RateLimit(no_content, "1/minute", "memory://")
    monkeypatch.setattr(limit.limiter, "hit", unreachable)

    assert (await client_of(limit).get("/")).status_code == 204
    assert "cannot be reached" in caplog.text


async def test_requests_over_the_limit_of_concurrency_are_refused_at_once() -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        entered.set()
        await leave.wait()
        await no_content(scope, receive, send)

    client = client_of(middleware.ConcurrencyLimit(slow, limit=1))
    first = asyncio.create_task(client.get("/"))
    await entered.wait()
    refused = await client.get("/")
    leave.set()

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "1"
    assert (await first).status_code == 204
    assert (await client.get("/")).status_code == 204


async def test_what_takes_too_long_is_cancelled_and_answered() -> None:
    cancelled = asyncio.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    response = await client_of(middleware.Timeout(endless, seconds=0.01)).get("/")

    assert response.status_code == 504
    assert response.json() == {"detail": "Request timeout"}
    assert cancelled.is_set()


async def test_an_unexpected_error_is_logged_and_not_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("the password is 1234")

    response = await client_of(middleware.SafeErrors(faulty)).get("/items/")

    assert response.status_code == 500
    assert response.json() == {"detail": "Internal server error"}
    [record] = caplog.records
    assert "the password is 1234" in log.JsonFormatter().format(record)


async def test_an_answer_that_has_begun_is_not_followed_by_another() -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.Event().wait()

    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    app = middleware.SafeErrors(middleware.Timeout(half, seconds=0.01))
    await app({"type": "http", "method": "GET", "path": "/", "headers": []}, receive, send)

    assert [message["type"] for message in sent] == ["http.response.start"]


async def test_each_request_can_be_logged_as_a_line_of_json(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="src")
    caplog.handler.setFormatter(log.JsonFormatter())
    await client_of(middleware.RequestId(middleware.RequestLog(no_content))).get(
        "/items/", headers={"X-Request-ID": "r1"}
    )

    line = json.loads(caplog.text)
    assert line["request_id"] == "r1"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/items/", 204)
