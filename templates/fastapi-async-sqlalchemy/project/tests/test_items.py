"""The life of an item, as a client sees it."""

from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import select

from src import models
from src.core.database import Database

NUMBERS = count(1)
MISSING = 2**53 - 1
UPDATES = ["PUT", "PATCH"]


async def new_fields(client: AsyncClient) -> dict[str, Any]:
    """What a client sends; each time other values, if there are others."""
    number = next(NUMBERS)
    return {
        "name": f"Name {number}",
        "description": f"Description {number}",
        "price": number + 0.5,
        "tax": number + 0.5,
    }


async def created(client: AsyncClient, **fields: Any) -> dict[str, Any]:
    response = await client.post("/items/", json=await new_fields(client) | fields)
    assert response.status_code == 201, response.text
    record: dict[str, Any] = response.json()
    return record


async def test_an_item_is_created_with_an_id_and_a_location(async_client: AsyncClient) -> None:
    fields = await new_fields(async_client)
    response = await async_client.post("/items/", json=fields)

    record = response.json()
    assert response.status_code == 201
    assert record == {"id": record["id"], "version": 1, **fields}
    assert response.headers["Location"] == f"/items/{record['id']}"
    assert (await async_client.get(response.headers["Location"])).json() == record


@pytest.mark.parametrize("method", UPDATES)
async def test_an_update_of_an_item_changes_what_is_sent(
    async_client: AsyncClient, method: str
) -> None:
    record = await created(async_client)
    fields = await new_fields(async_client)

    for name, value in fields.items():
        response = await async_client.request(method, f"/items/{record['id']}", json={name: value})
        record |= {name: value, "version": record["version"] + 1}
        assert response.status_code == 200, response.text
        assert response.json() == record
    assert (await async_client.get(f"/items/{record['id']}")).json() == record


@pytest.mark.parametrize("name", ["description", "tax"])
async def test_an_update_of_an_item_can_empty_a_field(async_client: AsyncClient, name: str) -> None:
    record = await created(async_client)
    emptied = await async_client.put(f"/items/{record['id']}", json={name: None})

    assert emptied.json() == record | {name: None, "version": 2}


async def test_an_item_that_is_deleted_is_gone(async_client: AsyncClient) -> None:
    url = f"/items/{(await created(async_client))['id']}"

    assert (await async_client.delete(url)).status_code == 204
    assert (await async_client.get(url)).status_code == 404
    assert (await async_client.delete(url)).status_code == 404


async def test_an_item_that_does_not_exist_is_not_found(async_client: AsyncClient) -> None:
    fields = await new_fields(async_client)
    for response in (
        await async_client.get(f"/items/{MISSING}"),
        *[await async_client.request(m, f"/items/{MISSING}", json=fields) for m in UPDATES],
        await async_client.delete(f"/items/{MISSING}"),
    ):
        assert response.status_code == 404
        assert response.json() == {"detail": f"Item with id {MISSING} not found"}


async def test_an_item_that_has_changed_is_not_changed_again_by_mistake(
    async_client: AsyncClient,
) -> None:
    url = f"/items/{(await created(async_client))['id']}"
    seen = {"If-Match": (await async_client.get(url)).headers["ETag"]}
    fields = [await new_fields(async_client) for _ in range(2)]

    first = await async_client.put(url, json=fields[0], headers=seen)
    second = await async_client.put(url, json=fields[1], headers=seen)

    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    assert second.status_code == 412
    assert (await async_client.delete(url, headers=seen)).status_code == 412
    assert (await async_client.get(url)).json() == first.json()


async def test_items_come_in_pages(async_client: AsyncClient) -> None:
    ids = [(await created(async_client))["id"] for _ in range(5)]

    page = await async_client.get("/items/", params={"limit": 3})
    rest = await async_client.get(f"/items/{page.links['next']['url']}")

    assert [record["id"] for record in page.json() + rest.json()] == ids
    assert page.headers["X-Total-Count"] == "5"


@pytest.mark.parametrize("name", ["name", "price"])
async def test_items_are_sorted(async_client: AsyncClient, name: str) -> None:
    for _ in range(3):
        await created(async_client)

    up = (await async_client.get("/items/", params={"sort": name})).json()
    down = (await async_client.get("/items/", params={"sort": f"-{name}"})).json()

    assert [record[name] for record in up] == sorted(record[name] for record in up)
    assert up == down[::-1]


@pytest.mark.parametrize("name", ["name"])
async def test_items_are_filtered(async_client: AsyncClient, name: str) -> None:
    made = [await created(async_client) for _ in range(3)]

    found = (await async_client.get("/items/", params={name: made[0][name]})).json()

    assert found == [record for record in made if record[name] == made[0][name]]


@pytest.mark.parametrize("name", ["price"])
async def test_items_are_found_between_two_values(async_client: AsyncClient, name: str) -> None:
    made = [await created(async_client) for _ in range(3)]
    value = made[1][name]

    found = await async_client.get("/items/", params={f"min_{name}": value, f"max_{name}": value})

    assert found.json() == [record for record in made if record[name] == value]


@pytest.mark.parametrize(
    ("name", "amount"),
    [
        *(("price", amount) for amount in ["0.01", "0.1", "0.29", "999999999999.99"]),
        *(("tax", amount) for amount in ["0.01", "0.1", "0.29", "999999999999.99"]),
    ],
)
async def test_an_amount_of_an_item_is_stored_exactly(
    async_client: AsyncClient, database: Database, name: str, amount: str
) -> None:
    record = await created(async_client, **{name: float(amount)})
    model = models.Item
    stored = await database.execute(select(getattr(model, name)).where(model.id == record["id"]))

    assert (record[name], stored.scalar_one()) == (float(amount), Decimal(amount))


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
async def test_an_item_may_have_a_value_at_the_bound(
    async_client: AsyncClient, name: str, value: Any
) -> None:
    assert (await created(async_client, **{name: value}))[name] == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", None),
        ("name", ""),
        ("name", "x" * 101),
        ("name", "\0"),
        ("name", 1),
        ("description", "x" * 1001),
        ("description", "\0"),
        ("description", 1),
        ("price", None),
        ("price", -0.01),
        ("price", 1000000000000.01),
        ("price", "1"),
        ("price", True),
        ("price", 0.001),
        ("tax", -0.01),
        ("tax", 1000000000000.01),
        ("tax", "1"),
        ("tax", True),
        ("tax", 0.001),
        ("id", 2),
        ("version", 2),
        ("colour", "red"),
    ],
)
async def test_an_item_has_no_value_beyond_the_bound(
    async_client: AsyncClient, name: str, value: Any
) -> None:
    fields = await new_fields(async_client)
    url = f"/items/{(await created(async_client))['id']}"

    assert (await async_client.post("/items/", json=fields | {name: value})).status_code == 422
    assert (await async_client.put(url, json={name: value})).status_code == 422
