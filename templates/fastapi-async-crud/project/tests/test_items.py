"""The life of an item, as a client sees it."""

import asyncio
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient

from src.main import create_app
from tests.conftest import settings, started

NUMBERS = count(1)


def new_item() -> dict[str, Any]:
    """What a client sends; each time other values, if there are others."""
    number = next(NUMBERS)
    return {
        "name": f"Name {number}",
        "description": f"Description {number}",
        "price": number + 0.5,
        "tax": number + 0.5,
    }


async def created(client: AsyncClient, **fields: Any) -> dict[str, Any]:
    response = await client.post("/items/", json=new_item() | fields)
    assert response.status_code == 201, response.text
    record: dict[str, Any] = response.json()
    return record


async def create_batch(client: AsyncClient, number: int) -> list[dict[str, Any]]:
    response = await client.post("/items/batch", json=[new_item() for _ in range(number)])
    assert response.status_code == 201, response.text
    batch: list[dict[str, Any]] = response.json()
    return batch


@pytest.mark.parametrize("root_path", ["", "/v1"])
async def test_create_item_async(async_client: AsyncClient, root_path: str) -> None:
    fields = new_item()
    response = await async_client.post(f"{root_path}/items/", json=fields)

    assert response.status_code == 201
    assert response.json() == {"id": 1, **fields}
    assert response.headers["Location"] == f"{root_path}/items/1"
    assert (await async_client.get(response.headers["Location"])).json() == response.json()


async def test_read_items_async(async_client: AsyncClient) -> None:
    records = [await created(async_client) for _ in range(2)]

    response = await async_client.get("/items/")

    assert response.status_code == 200
    assert response.json() == records


async def test_read_item_async(async_client: AsyncClient) -> None:
    record = await created(async_client)

    response = await async_client.get("/items/1")

    assert response.status_code == 200
    assert response.json() == record


async def test_update_item_async(async_client: AsyncClient) -> None:
    record = await created(async_client)

    for name, value in new_item().items():
        response = await async_client.put("/items/1", json={name: value})
        record |= {name: value}
        assert response.status_code == 200
        assert response.json() == record
    assert (await async_client.get("/items/1")).json() == record
    assert (await async_client.put("/items/1", json={})).json() == record


async def test_delete_item_async(async_client: AsyncClient) -> None:
    await created(async_client)

    response = await async_client.delete("/items/1")

    assert response.status_code == 204
    assert (await async_client.get("/items/1")).status_code == 404
    assert (await async_client.get("/items/")).json() == []


async def test_concurrent_operations(async_client: AsyncClient) -> None:
    records = await asyncio.gather(*(created(async_client) for _ in range(50)))

    assert {record["id"] for record in records} == set(range(1, 51))
    kept = (await async_client.get("/items/")).json()
    assert kept == sorted(records, key=lambda record: record["id"])


async def test_item_not_found_async(async_client: AsyncClient) -> None:
    for response in (
        await async_client.get("/items/999"),
        await async_client.put("/items/999", json=new_item()),
        await async_client.delete("/items/999"),
    ):
        assert response.status_code == 404
        assert response.json() == {"detail": "Item with id 999 not found"}


@pytest.mark.parametrize(
    ("record_id", "status"),
    [("0", 422), (str(2**53), 422), ("9" * 5000, 414), ("-1", 404), ("1.0", 404), ("x", 404)],
)
async def test_an_id_that_cannot_be_is_no_server_error(
    async_client: AsyncClient, record_id: str, status: int
) -> None:
    assert (await async_client.get(f"/items/{record_id}")).status_code == status


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", None),
        ("name", ""),
        ("name", "x" * 101),
        ("name", 1),
        ("description", "x" * 1001),
        ("description", 1),
        ("price", None),
        ("price", -1),
        ("price", 1000000000001),
        ("price", "1"),
        ("price", True),
        ("tax", -1),
        ("tax", 1000000000001),
        ("tax", "1"),
        ("tax", True),
        ("colour", "red"),
        ("id", 2),
    ],
)
async def test_invalid_item_data_async(async_client: AsyncClient, name: str, value: Any) -> None:
    record = await created(async_client)

    assert (await async_client.post("/items/", json=new_item() | {name: value})).status_code == 422
    assert (await async_client.put("/items/1", json={name: value})).status_code == 422
    assert (await async_client.get("/items/")).json() == [record]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "x"),
        ("name", "x" * 100),
        ("description", "x" * 1000),
        ("description", None),
        ("price", 0),
        ("price", 1000000000000),
        ("tax", 0),
        ("tax", 1000000000000),
        ("tax", None),
    ],
)
async def test_item_may_have_a_value_at_the_bound(
    async_client: AsyncClient, name: str, value: Any
) -> None:
    assert (await created(async_client, **{name: value}))[name] == value


async def test_items_come_in_pages(async_client: AsyncClient) -> None:
    records = await create_batch(async_client, 7)

    page = await async_client.get("/items/", params={"offset": 2, "limit": 3})

    assert page.json() == records[2:5]
    assert page.headers["X-Total-Count"] == "7"
    assert (await async_client.get("/items/?offset=7")).json() == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "offset=-1", f"offset={10**30}", "limit=x"]
)
async def test_pages_are_bounded(async_client: AsyncClient, query: str) -> None:
    assert (await async_client.get(f"/items/?{query}")).status_code == 422


async def test_a_batch_is_created_whole_or_not_at_all(async_client: AsyncClient) -> None:
    wrong = new_item() | {"colour": "red"}
    refused = await async_client.post("/items/batch", json=[new_item(), wrong])

    assert refused.status_code == 422
    assert [record["id"] for record in await create_batch(async_client, 2)] == [1, 2]
    assert (await async_client.get("/items/")).headers["X-Total-Count"] == "2"


@pytest.mark.parametrize("size", [0, 101])
async def test_batches_are_bounded(async_client: AsyncClient, size: int) -> None:
    batch = [new_item()] * size
    assert (await async_client.post("/items/batch", json=batch)).status_code == 422
    ids = ",".join(["1"] * size)
    assert (await async_client.get(f"/items/batch/{ids}")).status_code in {307, 422}


async def test_a_batch_read_gives_those_that_exist_in_the_order_asked(
    async_client: AsyncClient,
) -> None:
    records = await create_batch(async_client, 3)

    response = await async_client.get("/items/batch/3,99,1")

    assert response.json() == [records[2], records[0]]
    assert (await async_client.get("/items/batch/1,x")).status_code == 422


async def test_items_are_there_after_a_restart(data_file: Path) -> None:
    app = create_app(settings(DATA_FILE=data_file))
    async with started(app) as client:
        records = await create_batch(client, 3)
    async with started(app) as client:
        assert (await client.get("/items/")).json() == records


async def test_health_is_that_of_the_file(
    async_client: AsyncClient, data_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await async_client.get("/health")).status_code == 200

    file = data_file.with_name("items.json")
    file.write_text("not JSON")
    response = await async_client.get("/health")

    assert response.status_code == 503
    assert response.json()["detail"].startswith("items.json: Invalid JSON")
    assert str(file) in caplog.text
    assert str(file) not in response.text
    assert (await async_client.get("/live")).status_code == 200
