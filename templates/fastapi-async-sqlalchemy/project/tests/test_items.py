"""The life of an item, as a client sees it."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest
from httpx2 import AsyncClient

from src.core.config import Settings
from src.core.database import Database
from src.crud.items import ITEMS
from src.main import create_app
from tests.conftest import started

ITEM = {"name": "Test Item", "description": "For the tests", "price": 100.0, "tax": 10.0}
MISSING = 2**53 - 1
UPDATES = ["PUT", "PATCH"]


async def created(client: AsyncClient, **fields: Any) -> dict[str, Any]:
    response = await client.post("/items/", json=ITEM | fields)
    assert response.status_code == 201, response.text
    item: dict[str, Any] = response.json()
    return item


async def test_an_item_is_created_with_an_id_and_a_location(async_client: AsyncClient) -> None:
    response = await async_client.post("/items/", json=ITEM)

    item = response.json()
    assert response.status_code == 201
    assert item == {"id": item["id"], "version": 1, **ITEM}
    assert response.headers["Location"] == f"/items/{item['id']}"
    assert (await async_client.get(response.headers["Location"])).json() == item


@pytest.mark.parametrize("method", UPDATES)
async def test_an_update_changes_what_is_sent_and_keeps_the_rest(
    async_client: AsyncClient, method: str
) -> None:
    item = await created(async_client)

    changes = {"price": 80.0, "tax": None}
    response = await async_client.request(method, f"/items/{item['id']}", json=changes)

    assert response.status_code == 200
    assert response.json() == item | {"price": 80.0, "tax": None, "version": 2}
    assert (await async_client.get(f"/items/{item['id']}")).json() == response.json()


async def test_a_deleted_item_is_gone(async_client: AsyncClient) -> None:
    item = await created(async_client)

    assert (await async_client.delete(f"/items/{item['id']}")).status_code == 204
    assert (await async_client.get(f"/items/{item['id']}")).status_code == 404
    assert (await async_client.delete(f"/items/{item['id']}")).status_code == 404


async def test_an_item_that_does_not_exist_is_not_found(async_client: AsyncClient) -> None:
    for response in (
        await async_client.get(f"/items/{MISSING}"),
        *[await async_client.request(m, f"/items/{MISSING}", json={"price": 1}) for m in UPDATES],
        await async_client.put(f"/items/{MISSING}", json={"price": 1}, headers={"If-Match": '"1"'}),
        await async_client.delete(f"/items/{MISSING}"),
    ):
        assert response.status_code == 404
        assert response.json() == {"detail": f"Item with id {MISSING} not found"}


@pytest.mark.parametrize("method", UPDATES)
async def test_a_change_of_an_outdated_version_is_refused(
    async_client: AsyncClient, method: str
) -> None:
    item = await created(async_client)
    url = f"/items/{item['id']}"
    seen = {"If-Match": (await async_client.get(url)).headers["ETag"]}

    first = await async_client.request(method, url, json={"price": 1.0}, headers=seen)
    second = await async_client.request(method, url, json={"price": 2.0}, headers=seen)

    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    assert second.status_code == 412
    assert second.json() == {"detail": f"Item with id {item['id']} has changed since it was read"}
    assert (await async_client.get(url)).json()["price"] == 1.0


async def test_without_a_version_the_last_change_wins(async_client: AsyncClient) -> None:
    url = f"/items/{(await created(async_client))['id']}"

    for headers in ({}, {"If-Match": "*"}):
        response = await async_client.put(url, json={"price": 1.0}, headers=headers)
        assert response.status_code == 200
    assert response.headers["ETag"] == '"3"'


@pytest.mark.parametrize("etag", ["1", '"0"', '"x"', 'W/"1"', '"2", "x"', "", '"9999999999"'])
async def test_a_version_that_the_item_does_not_have_is_no_match(
    async_client: AsyncClient, etag: str
) -> None:
    url = f"/items/{(await created(async_client))['id']}"
    seen = {"If-Match": etag}

    for response in (
        await async_client.put(url, json={"price": 1}, headers=seen),
        await async_client.patch(url, json={"price": 1}, headers=seen),
        await async_client.delete(url, headers=seen),
    ):
        assert response.status_code == 412
    assert (await async_client.get(url)).json()["version"] == 1


@pytest.mark.parametrize("etag", ['"1"', '"1", "2"', 'W/"1" ,"1"', "*", " * "])
async def test_the_version_of_the_item_is_a_match(async_client: AsyncClient, etag: str) -> None:
    url = f"/items/{(await created(async_client))['id']}"
    changed = await async_client.put(url, json={"price": 1}, headers={"If-Match": etag})
    url = f"/items/{(await created(async_client))['id']}"
    deleted = await async_client.delete(url, headers={"If-Match": etag})

    assert (changed.status_code, deleted.status_code) == (200, 204)


# Money.


@pytest.mark.parametrize(
    "price", ["0", "0.01", "0.1", "0.29", "1", "12.50", "999999999999.99", "1000000000000", "1e2"]
)
async def test_an_amount_is_the_same_after_it_was_stored_and_read(
    async_client: AsyncClient, database: Database, price: str
) -> None:
    body = f'{{"name": "Cup", "price": {price}, "tax": {price}}}'
    headers = {"Content-Type": "application/json"}
    response = await async_client.post("/items/", content=body, headers=headers)
    item = json.loads(response.text, parse_float=Decimal)
    stored = await ITEMS.get(database, item["id"])

    assert response.status_code == 201, response.text
    assert item["price"] == item["tax"] == stored.price == stored.tax == Decimal(price)
    found = await async_client.get(f"/items/?min_price={price}&max_price={price}")
    assert [each["id"] for each in found.json()] == [item["id"]]


@pytest.mark.parametrize(
    "price", ["0.001", "-0.01", "1000000000000.01", "1e13", "1e999", "NaN", "true", '"1"', "null"]
)
async def test_an_amount_that_cannot_be_stored_exactly_is_refused(
    async_client: AsyncClient, price: str
) -> None:
    body = f'{{"name": "Cup", "price": {price}}}'
    headers = {"Content-Type": "application/json"}
    response = await async_client.post("/items/", content=body, headers=headers)

    assert response.status_code == 422
    assert [fault["loc"] for fault in response.json()["detail"]] == [["body", "price"]]


# Concurrent requests.


async def test_concurrent_creates_are_all_kept(committed: Settings) -> None:
    async with started(create_app(committed)) as client:
        items = await asyncio.gather(*(created(client, price=i) for i in range(50)))
        kept = (await client.get("/items/")).json()

    assert {item["id"] for item in kept} == {item["id"] for item in items}
    assert sorted(item["price"] for item in kept) == list(range(50))


async def test_of_concurrent_changes_of_one_version_one_succeeds(committed: Settings) -> None:
    async with started(create_app(committed)) as client:
        url = f"/items/{(await created(client))['id']}"
        seen = {"If-Match": '"1"'}
        changes = [client.put(url, json={"price": i}, headers=seen) for i in range(10)]
        statuses = [response.status_code for response in await asyncio.gather(*changes)]
        item = (await client.get(url)).json()

    assert sorted(statuses) == [200] + [412] * 9
    assert (item["version"], item["price"]) == (2, statuses.index(200))
