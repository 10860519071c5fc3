"""The room and the live updates, as clients see them over real connections."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from httpx2 import AsyncClient, Response
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.conftest import APP
from tests.fixtures.realtime import Serve
from tests.test_users import ADA, created

SOON_S = 10


@pytest.fixture
async def server(serve: Serve) -> AsyncIterator[str]:
    async with serve() as address:
        yield address


async def received(socket: ClientConnection) -> str:
    return str(await asyncio.wait_for(socket.recv(), SOON_S))


async def closed(socket: ClientConnection) -> int | None:
    """The code with which the server closes."""
    await asyncio.wait_for(socket.wait_closed(), SOON_S)
    return socket.close_code


async def listeners(count: int) -> None:
    """A handshake ends a moment before the client listens."""
    for _ in range(1000):
        if len(APP.state.hub.listeners) == count:
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def test_what_one_sends_all_others_receive(server: str) -> None:
    url = f"ws://{server}/ws"
    async with connect(url) as one, connect(url) as other, connect(url) as another:
        await listeners(3)
        await one.send("hello")
        assert await received(other) == await received(another) == "hello"
        assert await received(one) == "Message received: hello"
        await other.send("<b>hi</b>")
        assert await received(one) == "<b>hi</b>"
    await listeners(0)


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("http://{server}", True),
        (None, True),
        ("https://shop.example", True),
        ("https://evil.example", False),
        ("null", False),
        ("http://[::1", False),
        ("http://", False),
        ("http://{server}.evil.example", False),
    ],
)
@pytest.mark.parametrize("path", ["/ws", "/ws/changes"])
async def test_only_our_own_pages_may_connect(
    origin: Any, is_allowed: bool, path: str, serve: Serve
) -> None:
    async with serve(CORS_ORIGINS="https://a.example, https://shop.example") as server:
        own = origin and origin.format(server=server)
        if is_allowed:
            async with connect(f"ws://{server}{path}", origin=own):
                return
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{server}{path}", origin=own)
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize(("message", "code"), [("x" * 101, 1009), (b"\0", 1003)])
async def test_what_cannot_be_sent_closes_the_connection(
    message: str | bytes, code: int, serve: Serve
) -> None:
    async with serve(REALTIME_MAX_MESSAGE=100) as server:
        async with connect(f"ws://{server}/ws") as socket:
            await socket.send(message)
            assert await closed(socket) == code
        await listeners(0)


async def test_a_client_that_takes_nothing_is_let_go(serve: Serve) -> None:
    async with serve(REALTIME_MAX_BEHIND=2, REQUEST_TIMEOUT=0.5) as server:
        url = f"ws://{server}/ws"
        async with connect(url, max_queue=1, compression=None) as slow, connect(url) as quick:
            await listeners(2)
            for _ in range(3000):
                await quick.send("x" * 4000)
                assert (await received(quick)).startswith("Message received")
            await listeners(1)
            slow.transport.abort()


async def test_no_more_than_so_many_connect(serve: Serve) -> None:
    async with serve(REALTIME_MAX_CLIENTS=1) as server, connect(f"ws://{server}/ws"):
        await listeners(1)
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{server}/ws")
        assert refused.value.response.status_code == 503
        async with AsyncClient() as client:
            assert (await client.get(f"http://{server}/changes")).status_code == 503


class Events:
    """Those of an answer, one after the other."""

    def __init__(self, answer: Response) -> None:
        self.lines = answer.aiter_lines()

    async def next(self) -> dict[str, str]:
        event: dict[str, str] = {}
        async with asyncio.timeout(SOON_S):
            async for line in self.lines:
                if not line and event:
                    break
                name, _, value = line.partition(": ")
                if name:
                    event[name] = value
        return event

    async def change(self) -> Any:
        """What the next change is; before it, there may be an id alone."""
        while (event := await self.next()).get("event") != "change":
            assert [*event] == ["id"]
        return json.loads(event["data"])


@asynccontextmanager
async def changes(server: str, after: str | None = None) -> AsyncIterator[Events]:
    headers = {"Last-Event-ID": after} if after else {}
    stream = AsyncClient().stream("GET", f"http://{server}/changes", headers=headers)
    async with stream as answer:
        yield Events(answer)


async def test_changes_are_told_as_events(server: str) -> None:
    async with changes(server) as events, AsyncClient(base_url=f"http://{server}") as client:
        assert [*await events.next()] == ["id"]
        user = await created(client)
        await client.patch(f"/users/{user['id']}", json={"username": "countess"})
        await client.delete(f"/users/{user['id']}")
        for action in ("created", "updated", "deleted"):
            change = {"table": "users", "action": action, "id": user["id"]}
            assert await events.change() == change
    await listeners(0)


async def test_who_connects_again_gets_what_was_missed(server: str) -> None:
    async with changes(server) as events:
        place = (await events.next())["id"]
    async with AsyncClient(base_url=f"http://{server}") as client:
        user = await created(client)
    async with changes(server, place) as events:
        assert (await events.change())["id"] == user["id"]
    async with changes(server, "1-1") as events:
        assert (await events.next())["event"] == "reset"


async def test_changes_are_told_over_a_websocket(server: str) -> None:
    url = f"ws://{server}/ws/changes"
    async with connect(url) as socket, AsyncClient(base_url=f"http://{server}") as client:
        await listeners(1)
        first = await created(client)
        message = json.loads(await received(socket))
        change = {"table": "users", "action": "created", "id": first["id"]}
        assert message["change"] == change
        second = await created(client, username="grace", email="grace@example.com")
    async with connect(f"{url}?after={message['id']}") as again:
        assert json.loads(await received(again))["change"]["id"] == second["id"]
        await again.send("hello")
        assert await closed(again) == 1008
    async with connect(f"{url}?after=1-1") as lost:
        assert json.loads(await received(lost))["change"] is None


async def test_a_change_that_is_not_made_is_not_told(server: str) -> None:
    async with changes(server) as events, AsyncClient(base_url=f"http://{server}") as client:
        await events.next()
        user = await created(client)
        assert (await client.post("/users/", json=ADA)).status_code == 409
        await client.delete(f"/users/{user['id']}")
        actions = [(await events.change())["action"] for _ in range(2)]
        assert actions == ["created", "deleted"]


async def test_streams_hold_no_connection_to_the_database(server: str) -> None:
    async with changes(server) as events, connect(f"ws://{server}/ws"):
        await events.next()
        assert APP.state.database.engines.reads.pool.checkedout() == 0


async def test_head_waits_for_no_event(server: str) -> None:
    async with AsyncClient() as client:
        head = await client.head(f"http://{server}/changes")
        assert head.headers["Content-Type"].startswith("text/event-stream")
        assert (await client.get(f"http://{server}/live")).status_code == 200
    assert APP.state.hub.listeners == set()


async def test_the_page_is_served(server: str) -> None:
    async with AsyncClient() as client:
        page = await client.get(f"http://{server}/chat")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "EventSource" in page.text
