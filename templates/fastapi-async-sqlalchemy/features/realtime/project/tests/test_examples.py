"""What tutorials about async show, and where this application does it, if it has that part."""

from typing import NamedTuple

import pytest
from httpx2 import AsyncClient
from websockets.asyncio.client import connect

from tests.conftest import App
from tests.fixtures.realtime import Serve
from tests.test_api import operations
from tests.test_realtime import received
from tests.test_users import created


class Row(NamedTuple):
    shown: str  # the path in the tutorial
    name: str  # of the route here
    path: str
    status: int
    method: str = "GET"


ROWS = [
    Row("GET /items/{item_id}", "read_item", "/items/1", 404),
    Row("GET /users/{user_id}", "read_user", "/users/1", 404),
    Row("GET /proxy/{item_id}", "read_source", "/external-data/none", 404),
    Row("GET /dashboard/", "read_external_data", "/external-data/", 200),
    Row("POST /items/{item_id}", "start_fetching", "/external-data/", 202, "POST"),
    Row("GET /fibonacci/{n}", "compute_fibonacci", "/fibonacci/20", 200),
    Row("GET /", "show_chat", "/chat", 200),
    Row("GET /items/", "read_items", "/items/", 200),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.shown)
async def test_each_example_has_its_route(row: Row, app: App) -> None:
    async with app(SOURCES={}) as client:
        if row.name not in await operations(client):
            pytest.skip(f"this application has no {row.name}")
        answer = await client.request(row.method, row.path)
    assert answer.status_code == row.status


async def test_what_is_not_there_is_no_success(async_client: AsyncClient) -> None:
    user = await created(async_client)
    assert (await async_client.get(f"/users/{user['id']}")).json() == user
    missing = await async_client.get(f"/users/{user['id'] + 1}")
    assert (missing.status_code, [*missing.json()]) == (404, ["detail"])


async def test_the_echo_of_the_websocket(serve: Serve) -> None:
    async with serve() as server, connect(f"ws://{server}/ws") as socket:
        await socket.send("hello")
        assert await received(socket) == "Message received: hello"
