"""Users that are read from the cache."""

from collections import Counter
from typing import Any

import pytest
from httpx2 import AsyncClient

from src.core.cache import Cache
from src.core.database import Executor
from src.crud.users import USERS
from src.schemas.users import User
from tests.conftest import APP
from tests.test_users import ADA


async def test_a_user_is_read_from_the_cache_and_never_outdated(
    async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = Counter[int]()
    get = USERS.get

    async def count(database: Executor, user_id: int) -> User:
        reads[user_id] += 1
        return await get(database, user_id)

    monkeypatch.setattr(USERS, "get", count)
    created = await async_client.post("/users/", json=ADA)
    url = created.headers["Location"]
    before = [await async_client.get(url) for _ in range(3)]
    await async_client.put(url, json={"username": "countess"})
    after = [await async_client.get(url) for _ in range(3)]
    await async_client.delete(url)

    assert {response.headers["ETag"] for response in before} == {'"1"'}
    assert {response.json()["username"] for response in after} == {"countess"}
    assert {response.headers["ETag"] for response in after} == {'"2"'}
    assert reads.total() == 2
    assert (await async_client.get(url)).status_code == 404


async def test_a_cached_user_of_another_release_is_read_from_the_database(
    async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = (await async_client.post("/users/", json=ADA)).headers["Location"]
    cache: Cache = APP.state.cache

    async def of_another_release(key: str, load: Any) -> bytes:
        return b'{"id": 1, "version": 1, "username": "ada", "nickname": "The first"}'

    monkeypatch.setattr(cache, "get", of_another_release)

    assert (await async_client.get(url)).json()["email"] == ADA["email"]
