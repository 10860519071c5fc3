"""Requests are counted by route, whatever answers them, in one process and in several."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient
from prometheus_client import REGISTRY
from starlette.types import Message, Receive, Scope, Send

from src.api.routes.monitoring import page
from src.core.monitor import IN_FLIGHT, MOST_IN_FLIGHT, Monitor, Numbers, RouteNumbers
from tests.conftest import App


def requests(method: str, route: str, status: int) -> float:
    labels = {"method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("http_requests_total", labels) or 0.0


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/items/999999", "/items/{item_id:int}", 404),
        ("GET", "/live", "/live", 200),
        ("DELETE", "/live", "/live", 405),
        ("GET", "/who/knows", "unmatched", 404),
        ("GET", "/" + "x" * 5000, "unmatched", 414),
        ("BREW", "/who/knows", "unmatched", 404),
    ],
)
async def test_a_request_is_counted_by_its_route(
    method: str, path: str, route: str, status: int, async_client: AsyncClient
) -> None:
    counted = method if method != "BREW" else "other"
    before = requests(counted, route, status)
    assert (await async_client.request(method, path)).status_code == status
    assert requests(counted, route, status) == before + 1


async def test_what_a_middleware_refuses_is_counted(app: App) -> None:
    before = requests("GET", "unmatched", 503)
    async with app(MAX_CONCURRENT_REQUESTS=1) as client:
        asked = [client.get("/items/") for _ in range(3)]
        refused = [answer.status_code for answer in await asyncio.gather(*asked)].count(503)
    assert refused > 0
    assert requests("GET", "unmatched", 503) == before + refused


class Stream:
    """An application that has begun its answer, and ends it when it is told to."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.over = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 207, "headers": []})
        self.begun.set()
        await self.over.wait()


async def ask(app: Any, kind: str = "http") -> None:
    async def receive() -> Message:
        return {"type": f"{kind}.request"}

    async def send(message: Message) -> None:
        pass

    await Monitor(app)({"type": kind, "method": "GET", "path": "/"}, receive, send)


async def test_a_stream_is_in_flight_until_its_end() -> None:
    stream, before = Stream(), requests("GET", "unmatched", 207)
    now = IN_FLIGHT._value.get()
    task = asyncio.create_task(ask(stream))
    await stream.begun.wait()
    assert IN_FLIGHT._value.get() == now + 1
    assert requests("GET", "unmatched", 207) == before
    stream.over.set()
    await task
    assert IN_FLIGHT._value.get() == now
    assert requests("GET", "unmatched", 207) == before + 1


async def test_the_most_in_flight_stays() -> None:
    stream = Stream()
    monitor = Monitor(stream)

    async def send(message: Message) -> None:
        pass

    scope = {"type": "http", "method": "GET", "path": "/"}
    tasks = [asyncio.create_task(monitor({**scope}, None, send)) for _ in range(3)]  # type: ignore[arg-type]
    await stream.begun.wait()
    await asyncio.sleep(0)
    stream.over.set()
    await asyncio.gather(*tasks)
    assert (monitor.now, monitor.most) == (0, 3)
    assert MOST_IN_FLIGHT._value.get() == 3


async def test_a_request_that_fails_is_counted_as_500() -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError

    before, now = requests("GET", "unmatched", 500), IN_FLIGHT._value.get()
    with pytest.raises(RuntimeError):
        await ask(fail)
    assert requests("GET", "unmatched", 500) == before + 1
    assert IN_FLIGHT._value.get() == now


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
async def test_what_is_no_request_passes_through(kind: str) -> None:
    seen: list[Scope] = []

    async def other(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        assert send.__name__ == "send"

    before = requests("GET", "unmatched", 500)
    await ask(other, kind)
    assert [scope["type"] for scope in seen] == [kind]
    assert requests("GET", "unmatched", 500) == before


async def test_the_numbers_add_up(async_client: AsyncClient) -> None:
    before = (await async_client.get("/async-performance")).json()
    for _ in range(3):
        await async_client.get("/live")
    after = (await async_client.get("/async-performance")).json()
    assert after["requests"] == before["requests"] + 4
    assert after["in_flight"] == before["in_flight"] == 1
    assert after["most_in_flight"] >= 1
    assert after["mean_s"] > 0
    assert sum(route["requests"] for route in after["routes"]) == after["requests"]
    live = next(route for route in after["routes"] if route["route"] == "/live")
    assert 0 < live["mean_s"] < 10


async def test_prometheus_can_read_the_metrics(async_client: AsyncClient) -> None:
    await async_client.get("/live")
    answer = await async_client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'http_requests_total{method="GET",route="/live",status="200"}' in answer.text


async def test_the_page_needs_nothing_else(async_client: AsyncClient) -> None:
    answer = await async_client.get("/monitor")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"src=|<script|style=|https?:", answer.text)
    assert "<td>/monitor</td>" in (await async_client.get("/monitor")).text


def test_the_page_escapes_and_shows_milliseconds() -> None:
    text = page(Numbers(7, 1, 2, 0.5, [RouteNumbers("GET", "/<b>&", 7, 3, 0.0125)]))
    assert "<td>/&lt;b&gt;&amp;</td>" in text
    for number in ("<dd>7</dd>", "<dd>500.0</dd>", '<td class="n">3</td><td class="n">12.5</td>'):
        assert number in text


IN_A_PROCESS = """
import asyncio, json, os, sys
from src.core.monitor import Monitor, exposition, numbers
from dataclasses import asdict

async def answer(scope, receive, send):
    await send({"type": "http.response.start", "status": 500})
    if scope["path"] == "/dies":
        os._exit(0)

async def send(message): pass

async def main(paths):
    monitor = Monitor(answer)
    for path in paths:
        await monitor({"type": "http", "method": "GET", "path": path}, None, send)

asyncio.run(main(sys.argv[1:]))
assert b"http_requests_in_flight 0.0" in exposition()
print(json.dumps(asdict(numbers())))
"""


def in_a_process(folder: Path, *paths: str) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, *paths],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, Any] = json.loads(ran.stdout or "{}")
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="no signal 0")
def test_any_process_answers_for_all(tmp_path: Path) -> None:
    folder = tmp_path / "made/by/the/first"
    assert in_a_process(folder, "/", "/")["requests"] == 2
    assert in_a_process(folder, "/", "/dies") == {}
    assert [*folder.glob("gauge_livesum_*")]
    found = in_a_process(folder, "/")
    assert found["requests"] == 4
    assert found["in_flight"] == 0
    assert found["most_in_flight"] == 1
    assert [(route["requests"], route["errors"]) for route in found["routes"]] == [(4, 4)]
