"""Profiles, whose two halves are read one after the other or concurrently."""

import asyncio
import re
from functools import partial
from typing import Any

import pytest
from httpx2 import AsyncClient, Response

from src.api.routes import profiles
from src.core.concurrency import QueryLimit
from src.crud.users import USERS

PATHS = ["/user-profile", "/user-profile-concurrent"]


def timing(response: Response) -> dict[str, float]:
    """In milliseconds."""
    told = re.findall(r"(\w+);dur=([0-9.]+)", response.headers["Server-Timing"])
    return {name: float(duration) for name, duration in told}


@pytest.fixture
async def user(async_client: AsyncClient) -> dict[str, Any]:
    ada = {"username": "ada", "email": "ada@example.com"}
    user: dict[str, Any] = (await async_client.post("/users/", json=ada)).json()
    for title in ("one", "two"):
        await async_client.post(f"/users/{user['id']}/posts", json={"title": title})
    return user


@pytest.mark.parametrize("path", PATHS)
async def test_a_profile_is_a_user_with_their_newest_posts(
    async_client: AsyncClient, user: dict[str, Any], path: str
) -> None:
    response = await async_client.get(f"{path}/{user['id']}")

    assert response.json()["user"] == user
    assert [post["title"] for post in response.json()["posts"]] == ["two", "one"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_user_that_does_not_exist_has_no_profile(
    async_client: AsyncClient, path: str
) -> None:
    response = await async_client.get(f"{path}/9007199254740991")

    assert response.status_code == 404
    assert response.json() == {"detail": "User with id 9007199254740991 not found"}


async def test_both_queries_take_their_sum_or_as_long_as_the_slower_one(
    async_client: AsyncClient, user: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a database that is far away."""
    for place, name in ((USERS, "get"), (profiles, "newest_posts")):
        monkeypatch.setattr(place, name, partial(far_away, getattr(place, name)))

    one, other = [timing(await async_client.get(f"{path}/{user['id']}")) for path in PATHS]

    assert one["total"] >= one["user"] + one["posts"]
    assert other["total"] < other["user"] + other["posts"]


async def far_away(read: Any, *arguments: Any) -> Any:
    await asyncio.sleep(0.05)
    return await read(*arguments)


# Concurrent queries.


class Work:
    """Notes how many calls were under way at the same time."""

    def __init__(self) -> None:
        self.now = self.most = 0

    async def __call__(self) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1


@pytest.mark.parametrize("limit", [1, 3])
async def test_no_more_queries_run_than_the_limit_allows(limit: int) -> None:
    query_limit, work = QueryLimit(limit), Work()

    await asyncio.gather(*(query_limit.run_both(work, work) for _ in range(10)))

    assert work.most == limit


async def test_when_one_query_fails_the_other_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def failing() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await QueryLimit(2).run_both(endless, failing)

    assert cancelled.is_set()
