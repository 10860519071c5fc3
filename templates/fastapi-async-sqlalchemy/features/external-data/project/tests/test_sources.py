"""Other services, played by a server on this machine."""

import asyncio
import json
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import uvicorn
from httpx2 import AsyncClient
from starlette.types import Receive, Scope, Send

from src.core.http import HttpSettings, make_client, make_connections
from tests.conftest import App
from tests.polling import done
from tests.test_api import statuses

MB = 1024 * 1024


class Outside:
    """Gives each path its `answers`: a status, a body and perhaps headers."""

    url: str

    def forget(self) -> None:
        self.answers: dict[str, list[tuple[int, Any, dict[str, str]]]] = {}
        self.asked: Counter[str] = Counter()
        self.headers: list[tuple[bytes, bytes]] = []
        self.delay_s: dict[str, float] = {}
        self.together: asyncio.Barrier | None = (
            None  # no request is answered before so many have arrived
        )

    def will(self, path: str, *answers: tuple[int, Any] | tuple[int, Any, dict[str, str]]) -> None:
        """The last answer is repeated."""
        self.answers[path] = [
            (status, body, headers[0] if headers else {}) for status, body, *headers in answers
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.asked[path] += 1
        self.headers += scope["headers"]
        answers = self.answers[path]
        status, body, headers = answers.pop(0) if len(answers) > 1 else answers[0]
        await asyncio.sleep(self.delay_s.get(path, 0))
        if self.together:
            await self.together.wait()
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": content})


@pytest.fixture(scope="module")
def server() -> Iterator[Outside]:
    app = Outside()
    listening = socket.create_server(("127.0.0.1", 0))
    app.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield app
    server.should_exit = server.force_exit = True
    thread.join()


@pytest.fixture
def outside(server: Outside, monkeypatch: pytest.MonkeyPatch) -> Outside:
    server.forget()
    monkeypatch.setattr("src.core.http.FIRST_PAUSE_S", 0.001)
    return server


Start = Callable[..., Any]


@pytest.fixture
def with_sources(app: App, outside: Outside) -> Start:
    """Starts the application with three sources on that server."""

    def start(**changes: Any) -> Any:
        urls = {name: f"{outside.url}/{name}" for name in ("user", "post", "album")}
        return app(SOURCES=urls, **changes)

    return start


async def test_all_sources_are_called_concurrently(with_sources: Start, outside: Outside) -> None:
    for name in ("user", "post", "album"):
        outside.will(f"/{name}", (200, {"name": name}))
    outside.together = asyncio.Barrier(3)
    async with with_sources() as client:
        response = await client.get("/external-data/")

    assert response.json() == {
        "data": {name: {"name": name} for name in ("user", "post", "album")},
        "errors": {},
    }


async def test_a_source_that_fails_costs_only_its_own_part(
    with_sources: Start, outside: Outside
) -> None:
    outside.will("/user", (200, {"id": 1}))
    outside.will("/post", (404, {}))
    outside.will("/album", (200, b"not JSON"))
    async with with_sources() as client:
        found = (await client.get("/external-data/")).json()

    assert found["data"] == {"user": {"id": 1}}
    assert {name: fault["status"] for name, fault in found["errors"].items()} == {
        "post": 404,
        "album": 502,
    }


async def test_when_all_sources_fail_the_answer_is_an_error(
    with_sources: Start, outside: Outside
) -> None:
    for name in ("user", "post", "album"):
        outside.will(f"/{name}", (418, {}))
    async with with_sources() as client:
        response = await client.get("/external-data/")

    assert response.status_code == 503
    assert response.json() == {
        "detail": "External API error: none of user, post, album gave anything"
    }


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((404, {}), 404),
        ((500, {}), 500),
        ((503, {}), 503),
        ((302, {}, {"Location": "http://169.254.169.254/"}), 502),
        ((200, b'"' + b"x" * MB + b'"'), 502),
        ((200, b'{"half": "\\ud800"}'), 502),
        ((200, b"[" * 100_000), 502),
        ((204, b""), 502),
    ],
)
async def test_the_status_says_how_a_source_failed(
    with_sources: Start, outside: Outside, answer: Any, status: int
) -> None:
    outside.will("/user", answer)
    async with with_sources() as client:
        response = await client.get("/external-data/user")

    assert response.status_code == status
    assert response.json()["detail"].startswith("External API error: user answered ")


async def test_only_the_sources_of_the_settings_are_called(
    with_sources: Start, outside: Outside
) -> None:
    async with with_sources() as client:
        for name in ("other", "..%2Fuser", "http:%2F%2F127.0.0.1"):
            assert (await client.get(f"/external-data/{name}")).status_code == 404
    assert not outside.asked


async def test_an_unreachable_source_is_503(app: App, unused_tcp_port: int) -> None:
    urls = {"user": f"http://127.0.0.1:{unused_tcp_port}/"}
    async with app(SOURCES=urls, HTTP_ATTEMPTS=1) as client:
        response = await client.get("/external-data/user")

    assert response.status_code == 503
    assert response.json() == {"detail": "External API error: user cannot be reached"}


@pytest.mark.parametrize("limit", ["HTTP_TIMEOUT", "SOURCE_TIMEOUT"])
async def test_a_source_that_takes_too_long_is_504(
    with_sources: Start, outside: Outside, limit: str
) -> None:
    outside.delay_s["/user"] = 0.3
    outside.will("/user", (200, {}))
    async with with_sources(HTTP_ATTEMPTS=1, **{limit: 0.05}) as client:
        response = await client.get("/external-data/user")

    assert response.status_code == 504
    assert response.json() == {"detail": "External API error: user took too long"}


async def test_a_busy_source_is_called_again(with_sources: Start, outside: Outside) -> None:
    outside.will("/user", (503, {}), (429, {}, {"Retry-After": "0"}), (200, {"id": 1}))
    async with with_sources() as client:
        response = await client.get("/external-data/user")

    assert (response.status_code, response.json()) == (200, {"id": 1})
    assert outside.asked["/user"] == 3


async def test_after_the_last_attempt_the_failure_is_passed_on(
    with_sources: Start, outside: Outside
) -> None:
    outside.will("/user", (503, {}))
    async with with_sources(HTTP_ATTEMPTS=2) as client:
        assert (await client.get("/external-data/user")).status_code == 503
    assert outside.asked["/user"] == 2


def default_client() -> AsyncClient:
    settings = HttpSettings()
    return make_client(settings, make_connections(settings))


@pytest.mark.parametrize(("method", "times"), [("GET", 3), ("PUT", 3), ("POST", 1), ("PATCH", 1)])
async def test_only_idempotent_requests_are_repeated(
    outside: Outside, method: str, times: int
) -> None:
    outside.will("/", (503, {}))
    async with default_client() as client:
        response = await client.request(method, outside.url, content=b"x")

    assert response.status_code == 503
    assert outside.asked["/"] == times


async def test_a_body_that_can_be_read_once_is_not_sent_again(outside: Outside) -> None:
    async def once() -> AsyncIterator[bytes]:
        yield b"x"

    outside.will("/", (503, {}))
    async with default_client() as client:
        assert (await client.put(outside.url, content=once())).status_code == 503
    assert outside.asked["/"] == 1


async def test_a_cookie_for_one_client_is_not_sent_with_the_request_of_another(
    outside: Outside,
) -> None:
    outside.will("/", (200, {}, {"Set-Cookie": "session=secret"}))
    async with default_client() as client:
        await client.get(outside.url)
        await client.get(outside.url)
    assert [header for header, _ in outside.headers if header == b"cookie"] == []
    assert outside.asked["/"] == 2


async def test_fetching_in_the_background_gives_the_same(
    with_sources: Start, outside: Outside
) -> None:
    for name in ("user", "post", "album"):
        outside.will(f"/{name}", (200, {"name": name}))
    async with with_sources() as client:
        accepted = await client.post("/external-data/")
        job = await done(client, accepted.headers["Location"])
        at_once = (await client.get("/external-data/")).json()

    assert accepted.status_code == 202
    assert accepted.json()["state"] == "queued"
    assert (job["state"], job["result"]) == ("done", at_once)


async def test_the_documentation_lists_every_status(async_client: AsyncClient) -> None:
    found = await statuses(async_client)

    assert found["read_external_data"] == {"200"}
    assert found["read_source"] == {"200", "404", "502", "4XX", "5XX"}
    assert found["start_fetching"] == {"202", "507"}
