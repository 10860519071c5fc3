"""Users, as a client sees them."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient

from src.core.config import Settings
from src.main import create_app
from tests.conftest import started

ADA = {"username": "ada", "email": "ada@example.com"}
MISSING = 2**53 - 1
UPDATES = ["PUT", "PATCH"]


def some_users(number: int) -> list[dict[str, str]]:
    """What a client sends for each of them."""
    names = [f"user{each}" for each in range(number)]
    return [{"username": name, "email": f"{name}@example.com"} for name in names]


async def created(client: AsyncClient, **fields: Any) -> dict[str, Any]:
    response = await client.post("/users/", json=ADA | fields)
    assert response.status_code == 201, response.text
    user: dict[str, Any] = response.json()
    return user


async def test_a_user_is_created_with_an_id_and_a_location(async_client: AsyncClient) -> None:
    response = await async_client.post("/users/", json=ADA)

    user = response.json()
    assert response.status_code == 201
    assert user == {"id": user["id"], "version": 1, **ADA, "created_at": user["created_at"]}
    assert response.headers["Location"] == f"/users/{user['id']}"
    assert (await async_client.get(response.headers["Location"])).json() == user


async def test_the_time_of_creation_has_a_time_zone(async_client: AsyncClient) -> None:
    at = datetime.fromisoformat((await created(async_client))["created_at"])

    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(at.tzinfo) - at) < timedelta(minutes=1)


@pytest.mark.parametrize("method", UPDATES)
async def test_an_update_changes_what_is_sent_and_keeps_the_rest(
    async_client: AsyncClient, method: str
) -> None:
    user = await created(async_client)
    url = f"/users/{user['id']}"

    response = await async_client.request(method, url, json={"username": "countess"})

    assert response.status_code == 200
    assert response.json() == user | {"username": "countess", "version": 2}
    assert (await async_client.get(url)).json() == response.json()


async def test_a_deleted_user_is_gone(async_client: AsyncClient) -> None:
    url = f"/users/{(await created(async_client))['id']}"

    assert (await async_client.delete(url)).status_code == 204
    assert (await async_client.get(url)).status_code == 404
    assert (await async_client.delete(url)).status_code == 404


async def test_a_user_that_does_not_exist_is_not_found(async_client: AsyncClient) -> None:
    url = f"/users/{MISSING}"
    for response in (
        await async_client.get(url),
        *[await async_client.request(method, url, json=ADA) for method in UPDATES],
        await async_client.put(url, json=ADA, headers={"If-Match": '"1"'}),
        await async_client.delete(url),
    ):
        assert response.status_code == 404
        assert response.json() == {"detail": f"User with id {MISSING} not found"}


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({"username": "other"}, "email"),
        ({"username": "other", "email": "ADA@Example.COM"}, "email"),
        ({"email": "other@example.com"}, "username"),
        ({"username": "users_username", "email": "ada@example.com"}, "email"),
    ],
)
async def test_a_username_and_an_email_belong_to_one_user(
    async_client: AsyncClient, fields: dict[str, str], taken: str
) -> None:
    await created(async_client)

    response = await async_client.post("/users/", json=ADA | fields)

    assert response.status_code == 409
    assert response.json() == {"detail": f"User with this {taken} already exists"}


async def test_an_update_cannot_take_the_email_of_another_user(async_client: AsyncClient) -> None:
    await created(async_client)
    bob = await created(async_client, username="bob", email="bob@example.com")
    url = f"/users/{bob['id']}"

    assert (await async_client.put(url, json={"email": ADA["email"]})).status_code == 409
    assert (await async_client.put(url, json={"email": bob["email"]})).status_code == 200
    assert (await async_client.get(url)).json()["email"] == bob["email"]


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "nobody"},
        {"email": "a b@example.com"},
        {"email": "a@b..c"},
        {"email": "a@" + "b" * 64},
        {"email": "a@" + ".".join(["b" * 60] * 5)},
        {"username": ""},
        {"username": "a b"},
        {"username": "a" * 51},
        {"password": "secret"},
    ],
)
async def test_an_invalid_user_is_refused(
    async_client: AsyncClient, fields: dict[str, str]
) -> None:
    assert (await async_client.post("/users/", json=ADA | fields)).status_code == 422


# Concurrent requests.


async def test_concurrent_creates_are_all_kept(committed: Settings) -> None:
    async with started(create_app(committed)) as client:
        made = await asyncio.gather(*(created(client, **fields) for fields in some_users(50)))
        kept = (await client.get("/users/")).json()

    assert kept == sorted(made, key=lambda user: int(user["id"]))
    assert len({user["id"] for user in kept}) == 50


async def test_of_concurrent_creates_with_one_email_one_succeeds(
    committed: Settings,
) -> None:
    async with started(create_app(committed)) as client:
        posts = [client.post("/users/", json=ADA | {"username": f"ada{i}"}) for i in range(20)]
        statuses = [response.status_code for response in await asyncio.gather(*posts)]
        kept = (await client.get("/users/")).json()

    assert sorted(statuses) == [201] + [409] * 19
    assert [user["username"] for user in kept] == [f"ada{statuses.index(201)}"]
