"""What surrounds the requests: ids, limits, safe errors, a log."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import Depends, FastAPI, Request
from httpx2 import ASGITransport, AsyncClient
from limits.errors import StorageError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.core import log, rate_limit
from src.core.middleware import RequestMiddleware
from src.core.rate_limit import BoundedMemory, RateLimit
from tests.conftest import settings


def options(**changes: Any) -> dict[str, Any]:
    given = settings(**changes)
    rate_limit = RateLimit(given.RATE_LIMIT, given.RATE_LIMIT_STORAGE_URL)
    return {"settings": given, "rate_limit": rate_limit, "unlimited": {"/health"}}


def client_of(app: ASGIApp, root_path: str = "") -> AsyncClient:
    transport = ASGITransport(app, root_path=root_path)
    return AsyncClient(transport=transport, base_url="http://test")


def surrounded(app: ASGIApp, root_path: str = "", **changes: Any) -> AsyncClient:
    return client_of(RequestMiddleware(app, **options(**changes)), root_path)


async def no_content(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def test_each_request_has_an_id_and_a_caller_may_give_it() -> None:
    client = surrounded(no_content)

    async def answered_id(given: str | None = None) -> str:
        headers = {"X-Request-ID": given} if given else {}
        return str((await client.get("/", headers=headers)).headers["X-Request-ID"])

    assert await answered_id() != await answered_id()
    assert await answered_id("from-the-proxy.1") == "from-the-proxy.1"
    assert "a b" not in await answered_id("a b" * 100)


async def test_the_time_that_a_request_took_is_in_a_header() -> None:
    on, off = surrounded(no_content), surrounded(no_content, PROCESS_TIME_HEADER=False)

    assert float((await on.get("/")).headers["X-Process-Time"]) > 0
    assert "X-Process-Time" not in (await off.get("/")).headers


async def test_head_is_answered_as_get_but_where_it_has_a_route_of_its_own() -> None:
    app = FastAPI()
    app.get("/")(lambda: "hello")
    app.get("/own")(lambda: "hello")
    app.head("/own")(lambda: "own")
    app.add_middleware(RequestMiddleware, **options())
    client = client_of(app)

    assert (await client.head("/")).headers["Content-Length"] == "7"
    assert (await client.head("/own")).headers["Content-Length"] == "5"


def echo(**changes: Any) -> AsyncClient:
    app = FastAPI()

    @app.post("/")
    async def echo(body: list[int]) -> list[int]:
        return body

    async def allow_more(request: Request) -> None:
        request.state.limits.max_body_size = 200
        request.state.limits.restart_timeout(5)

    @app.post("/large", dependencies=[Depends(allow_more)])
    async def read_slowly(request: Request) -> int:
        size = len(await request.body())
        await asyncio.sleep(0.05)
        return size

    return surrounded(app, **changes)


async def in_chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 50):
        yield b" " * 50


async def test_a_body_over_the_limit_is_refused_however_it_is_sent() -> None:
    client = echo(MAX_BODY_SIZE=100)
    for content in (b" " * 101, in_chunks(500)):
        response = await client.post("/", content=content)
        assert response.status_code == 413
        assert response.json() == {"detail": "Body larger than 100 bytes"}
        assert "X-Request-ID" in response.headers
    assert (await client.post("/", json=[1])).json() == [1]


async def test_nothing_is_read_of_a_body_that_is_announced_as_too_large() -> None:
    async def body() -> AsyncIterator[bytes]:
        read.append("something")
        yield b" "

    read: list[str] = []
    client = echo(MAX_BODY_SIZE=100)
    response = await client.post("/", content=body(), headers={"Content-Length": "101"})

    assert response.status_code == 413
    assert read == []


async def test_a_dependency_can_allow_a_larger_body_and_more_time() -> None:
    client = echo(MAX_BODY_SIZE=100, REQUEST_TIMEOUT=0.01)

    assert (await client.post("/large", content=b" " * 200)).json() == 200
    for content in (b" " * 201, in_chunks(250)):
        assert (await client.post("/large", content=content)).status_code == 413


async def test_a_path_that_cannot_be_one_of_ours_is_refused() -> None:
    assert (await surrounded(no_content).get("/" + "9" * 5000)).status_code == 414


@pytest.mark.parametrize("prefix", ["", "/v1"])
async def test_a_client_over_its_rate_learns_when_to_come_back(prefix: str) -> None:
    client = surrounded(no_content, prefix, RATE_LIMIT="2/minute")
    statuses = [(await client.get(f"{prefix}/items/")).status_code for _ in range(3)]
    response = await client.get(f"{prefix}/items/")

    assert statuses == [204, 204, 429]
    assert response.json() == {"detail": "Too many requests"}
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert (await client.get(f"{prefix}/health")).status_code == 204


async def test_the_memory_for_rates_is_bounded() -> None:
    counters = BoundedMemory()
    for number in range(3 * counters.most):
        await counters.incr(f"client {number}", 60)

    assert len(counters.storage) <= counters.most
    assert await counters.incr("client 1", 60) == 1
    assert await counters.incr("client 1", 60) == 2


async def refused(*args: object) -> bool:
    raise StorageError(ConnectionError())


async def hung(*args: object) -> bool:
    await asyncio.Event().wait()
    return False


@pytest.mark.parametrize("failure", [refused, hung])
@pytest.mark.parametrize("question", ["hit", "get_window_stats"])
async def test_while_requests_cannot_be_counted_nobody_is_refused(
    question: str, failure: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def over(*args: object) -> bool:
        return False

    monkeypatch.setattr(rate_limit, "PATIENCE_S", 0.01)
    limit = RateLimit("1/minute", "memory://")
    monkeypatch.setattr(limit.limiter, "hit", over)
    monkeypatch.setattr(limit.limiter, question, failure)
    for _ in range(3):  # a pause, so that not every request has to wait
        await limit.check("client")

    assert caplog.text.count("cannot be counted") == 1


async def test_requests_over_the_limit_of_concurrency_are_refused_at_once() -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/slow":
            entered.set()
            await leave.wait()
        await no_content(scope, receive, send)

    client = surrounded(slow, MAX_CONCURRENT_REQUESTS=1)
    first = asyncio.create_task(client.get("/slow"))
    await entered.wait()
    busy, health = await client.get("/"), await client.get("/health")
    leave.set()

    assert busy.status_code == 503
    assert busy.headers["Retry-After"] == "1"
    assert health.status_code == 204
    assert (await first).status_code == 204
    assert (await client.get("/")).status_code == 204


async def test_what_takes_too_long_is_cancelled_and_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cancelled = asyncio.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    response = await surrounded(endless, REQUEST_TIMEOUT=0.01).get("/slow")

    assert response.status_code == 504
    assert caplog.messages == ["timed out: GET /slow"]
    assert response.json() == {"detail": "Request timeout"}
    assert cancelled.is_set()


async def test_a_limit_of_0_is_none() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.01)
        await no_content(scope, receive, send)

    client = surrounded(slow, MAX_BODY_SIZE=0, MAX_CONCURRENT_REQUESTS=0, REQUEST_TIMEOUT=0)
    answers = await asyncio.gather(*(client.post("/", content=b" " * 2**21) for _ in range(3)))

    assert [answer.status_code for answer in answers] == [204, 204, 204]


async def test_an_unexpected_error_is_logged_and_not_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError("the password is 1234")

    response = await surrounded(faulty).get("/items/", headers={"X-Request-ID": "r1"})

    assert response.status_code == 500
    assert response.json() == {"detail": "Internal server error"}
    [record] = caplog.records
    line = json.loads(log.JsonFormatter().format(record))
    assert (line["request_id"], line["method"], line["path"]) == ("r1", "GET", "/items/")
    assert "the password is 1234" in line["exception"]


async def test_an_answer_that_has_begun_is_not_followed_by_another() -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.Event().wait()

    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    given, unlimited = settings(REQUEST_TIMEOUT=0.01), RateLimit("", "memory://")
    app = RequestMiddleware(half, given, unlimited, unlimited=set())
    await app({"type": "http", "method": "GET", "path": "/", "headers": []}, receive, send)

    assert [message["type"] for message in sent] == ["http.response.start"]


async def test_each_request_can_be_logged_as_a_line_of_json(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="src")
    caplog.handler.setFormatter(log.JsonFormatter())
    client = surrounded(no_content, LOG_REQUESTS=True)
    await client.get("/items/", headers={"X-Request-ID": "r1"})

    line = json.loads(caplog.text)
    assert line["request_id"] == "r1"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/items/", 204)
    assert line["seconds"] > 0
