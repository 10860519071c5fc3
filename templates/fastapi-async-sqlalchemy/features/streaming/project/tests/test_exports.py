"""Exports, as a client sees them, and what becomes of one that ends early."""

import asyncio
import csv
import json
from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest
from httpx2 import AsyncClient
from starlette.types import Message

from src.api.lines import csv_rows
from src.core.database import Database
from src.core.database_errors import DatabaseUnavailable
from src.core.records import Records
from src.crud.exports import EXPORTED, PAGE
from src.crud.users import USERS
from tests.conftest import APP, App
from tests.test_users import created, some_users

MANY = 2 * PAGE + 1
PAGES = 3


async def add_users(database: Database, number: int) -> None:
    async with database.transaction() as session:
        await USERS.add_all(session, some_users(number))


def rows(text: str) -> Sequence[dict[str, str]]:
    return [*csv.DictReader(StringIO(text, newline=""))]


@pytest.mark.parametrize("records", EXPORTED, ids=lambda records: records.table.name)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
async def test_every_table_of_the_list_has_an_export(
    records: Records[Any], kind: str, async_client: AsyncClient
) -> None:
    answer = await async_client.get(f"/exports/{records.table.name}.{kind}")
    header = f"{','.join(records.names)}\r\n" if kind == "csv" else ""
    assert (answer.status_code, answer.text) == (200, header)


async def test_all_records_are_in_it_once_and_in_order(
    async_client: AsyncClient, database: Database
) -> None:
    await add_users(database, MANY)
    as_json = (await async_client.get("/exports/users.jsonl")).text.splitlines()
    as_csv = rows((await async_client.get("/exports/users.csv")).text)
    found = [json.loads(line)["username"] for line in as_json]
    assert found == [row["username"] for row in as_csv] == [f"user{each}" for each in range(MANY)]


async def test_a_line_has_what_the_record_s_own_route_answers(async_client: AsyncClient) -> None:
    user = await created(async_client)
    answer = await async_client.get("/exports/users.jsonl")
    assert [json.loads(line) for line in answer.text.splitlines()] == [user]
    assert answer.headers["Content-Type"] == "application/jsonl"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="users.jsonl"'


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "true"),
        (-1.5, "-1.5"),
        ({"a": [1]}, '"{""a"": [1]}"'),
        ("two\nlines", '"two\nlines"'),
        ('a "b", c', '"a ""b"", c"'),
        ("=1+1", "'=1+1"),
        ("-1", "'-1"),
        ("@sum(1)", "'@sum(1)"),
    ],
)
def test_no_value_breaks_a_line_or_becomes_a_formula(value: object, cell: str) -> None:
    assert csv_rows([[1, value]]) == f"1,{cell}\r\n"


@pytest.mark.parametrize(
    ("path", "status"), [("nothing.csv", 404), ("users.xml", 422), ("users", 404)]
)
async def test_what_cannot_be_exported_is_refused(
    path: str, status: int, async_client: AsyncClient
) -> None:
    assert (await async_client.get(f"/exports/{path}")).status_code == status


class Reading:
    """Counts the pages that are read of the users, and may be slow at it or fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.page = USERS.page
        self.count = 0
        self.pause_s = 0.0
        self.good = PAGES
        monkeypatch.setattr(USERS, "page", self.read)

    async def read(self, *args: Any) -> Any:
        await asyncio.sleep(self.pause_s if self.count else 0)
        self.count += 1
        if self.count > self.good:
            raise DatabaseUnavailable("gone")
        return await self.page(*args)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    return Reading(monkeypatch)


async def sent(leaves_after: int | None = None) -> list[Message]:
    """What the server is given to send, to a client that may leave after so many messages."""
    messages: list[Message] = []
    left = asyncio.Event()

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        messages.append(message)
        if len(messages) == leaves_after:
            left.set()
        await asyncio.sleep(0)

    request = {"type": "http", "method": "GET", "path": "/exports/users.jsonl"}
    await APP({**request, "headers": [], "query_string": b""}, receive, send)
    return messages


async def test_an_export_is_read_page_by_page(
    async_client: AsyncClient, database: Database, reading: Reading
) -> None:
    await add_users(database, 2 * PAGE)
    _, *bodies = await sent()
    sizes = [body["body"].count(b"\n") for body in bodies]
    assert (sizes, reading.count) == ([PAGE, PAGE, 0], PAGES)


async def test_nothing_more_is_read_for_a_client_that_has_left(
    async_client: AsyncClient, database: Database, reading: Reading
) -> None:
    await add_users(database, MANY)
    await sent(leaves_after=2)
    assert reading.count < PAGES


async def test_an_error_before_the_first_line_is_answered(
    async_client: AsyncClient, reading: Reading
) -> None:
    reading.good = 0
    assert (await async_client.get("/exports/users.csv")).status_code == 503


async def test_an_export_that_fails_later_has_no_end(
    async_client: AsyncClient, database: Database, reading: Reading
) -> None:
    await add_users(database, MANY)
    reading.good = 1
    start, *_, last = await sent()
    assert (start["status"], last["more_body"]) == (200, True)


async def test_an_export_may_take_longer_than_a_request(app: App, reading: Reading) -> None:
    async with app(REQUEST_TIMEOUT=0.1, MAX_CONCURRENT_REQUESTS=1):
        await add_users(APP.state.database, MANY)
        reading.good, reading.pause_s = PAGES + 1, 0.1
        *_, last = await sent()
        assert last["more_body"] is False


async def test_head_reads_nothing(async_client: AsyncClient, reading: Reading) -> None:
    answer = await async_client.head("/exports/users.csv")
    assert (answer.status_code, answer.text, reading.count) == (200, "", 0)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
