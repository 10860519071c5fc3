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


async def created(client: AsyncClient, **fields: Any) -> dict[str, Any]:
    response = await client.post("/users/", json=ADA | fields)
    assert response.status_code == 201, response.text
    user: dict[str, Any] = response.json()
    return user


async def test_a_user_is_created_with_an_id_and_a_location(async_client: AsyncClient) -> None:
    response = await async_client.post("/users/", json=ADA)

    user = response.json()
    assert response.status_code == 201
    assert user | ADA == user
    assert (await async_client.get(response.headers["Location"])).json() == user


async def test_the_time_of_creation_has_a_time_zone(async_client: AsyncClient) -> None:
    at = datetime.fromisoformat((await created(async_client))["created_at"])

    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(at.tzinfo) - at) < timedelta(minutes=1)


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


async def test_a_user_that_others_have_changed_is_not_deleted(async_client: AsyncClient) -> None:
    url = f"/users/{(await created(async_client))['id']}"
    seen = {"If-Match": (await async_client.get(url)).headers["ETag"]}
    await async_client.put(url, json={"username": "countess"})

    assert (await async_client.delete(url, headers=seen)).status_code == 412
    assert (await async_client.get(url)).json()["username"] == "countess"


# Concurrent requests.


async def test_of_concurrent_creates_with_one_email_one_succeeds(
    committed: Settings,
) -> None:
    async with started(create_app(committed)) as client:
        posts = [client.post("/users/", json=ADA | {"username": f"ada{i}"}) for i in range(20)]
        statuses = [response.status_code for response in await asyncio.gather(*posts)]
        kept = (await client.get("/users/")).json()

    assert sorted(statuses) == [201] + [409] * 19
    assert [user["username"] for user in kept] == [f"ada{statuses.index(201)}"]
