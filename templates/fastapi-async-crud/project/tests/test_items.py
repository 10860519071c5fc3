"""The life of an item, as a client sees it."""

import asyncio

from httpx2 import AsyncClient

ITEM = {"name": "Test Item", "description": "For the tests", "price": 100.0, "tax": 10.0}


async def test_create_item_async(async_client: AsyncClient) -> None:
    response = await async_client.post("/items/", json=ITEM)

    assert response.status_code == 201
    assert response.json() == {"id": 1, **ITEM}
    assert response.headers["location"] == "/items/1"


async def test_read_items_async(async_client: AsyncClient) -> None:
    await async_client.post("/items/", json=ITEM)
    await async_client.post("/items/", json=ITEM)

    response = await async_client.get("/items/")

    assert response.status_code == 200
    assert response.json() == [{"id": 1, **ITEM}, {"id": 2, **ITEM}]


async def test_read_item_async(async_client: AsyncClient) -> None:
    await async_client.post("/items/", json=ITEM)

    response = await async_client.get("/items/1")

    assert response.status_code == 200
    assert response.json() == {"id": 1, **ITEM}


async def test_update_item_async(async_client: AsyncClient) -> None:
    await async_client.post("/items/", json=ITEM)

    response = await async_client.put("/items/1", json={"price": 80.0})

    assert response.status_code == 200
    assert response.json() == {"id": 1, **ITEM, "price": 80.0}
    assert (await async_client.get("/items/1")).json() == response.json()


async def test_delete_item_async(async_client: AsyncClient) -> None:
    await async_client.post("/items/", json=ITEM)

    response = await async_client.delete("/items/1")

    assert response.status_code == 204
    assert (await async_client.get("/items/1")).status_code == 404
    assert (await async_client.get("/items/")).json() == []


async def test_concurrent_operations(async_client: AsyncClient) -> None:
    posts = [async_client.post("/items/", json=ITEM | {"price": i}) for i in range(50)]
    responses = await asyncio.gather(*posts)

    assert {response.status_code for response in responses} == {201}
    assert {response.json()["id"] for response in responses} == set(range(1, 51))
    kept = (await async_client.get("/items/")).json()
    assert sorted(item["price"] for item in kept) == list(range(50))


async def test_item_not_found_async(async_client: AsyncClient) -> None:
    for response in (
        await async_client.get("/items/999"),
        await async_client.put("/items/999", json={"price": 1}),
        await async_client.delete("/items/999"),
    ):
        assert response.status_code == 404
        assert response.json() == {"detail": "Item with id 999 not found"}


async def test_invalid_item_data_async(async_client: AsyncClient) -> None:
    for wrong in (
        {},
        ITEM | {"name": ""},
        ITEM | {"price": -1},
        ITEM | {"price": "100"},
        ITEM | {"colour": "red"},
    ):
        response = await async_client.post("/items/", json=wrong)

        assert response.status_code == 422
    assert (await async_client.get("/items/")).json() == []
