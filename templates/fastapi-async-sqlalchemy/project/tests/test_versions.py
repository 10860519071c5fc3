"""Records change only in the version that a client has seen, if it names one in If-Match."""

import asyncio

import pytest
from httpx2 import AsyncClient

from src.core.config import Settings
from src.main import create_app
from tests.conftest import started
from tests.test_users import UPDATES, created

NAME = {"username": "countess"}


async def created_at(client: AsyncClient) -> str:
    """The path of a new user."""
    return f"/users/{(await created(client))['id']}"


@pytest.mark.parametrize("method", UPDATES)
async def test_a_change_of_an_outdated_version_is_refused(
    async_client: AsyncClient, method: str
) -> None:
    url = await created_at(async_client)
    read = await async_client.get(url)
    seen = {"If-Match": read.headers["ETag"]}

    first = await async_client.request(method, url, json=NAME, headers=seen)
    second = await async_client.request(method, url, json={"username": "lady"}, headers=seen)
    deleted = await async_client.delete(url, headers=seen)

    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    for refused in (second, deleted):
        detail = f"User with id {read.json()['id']} has changed since it was read"
        assert (refused.status_code, refused.json()) == (412, {"detail": detail})
    assert (await async_client.get(url)).json() == first.json()


async def test_without_a_version_the_last_change_wins(async_client: AsyncClient) -> None:
    url = await created_at(async_client)

    for headers in ({}, {"If-Match": "*"}):
        response = await async_client.put(url, json=NAME, headers=headers)
        assert response.status_code == 200
    assert response.headers["ETag"] == '"3"'


@pytest.mark.parametrize("etag", ["1", '"0"', '"x"', 'W/"1"', '"2", "x"', "", '"9999999999"'])
async def test_a_version_that_the_record_does_not_have_is_no_match(
    async_client: AsyncClient, etag: str
) -> None:
    url = await created_at(async_client)
    seen = {"If-Match": etag}

    for response in (
        await async_client.put(url, json=NAME, headers=seen),
        await async_client.patch(url, json=NAME, headers=seen),
        await async_client.delete(url, headers=seen),
    ):
        assert response.status_code == 412
    assert (await async_client.get(url)).json()["version"] == 1


@pytest.mark.parametrize("etag", ['"1"', '"1", "2"', 'W/"1" ,"1"', "*", " * "])
@pytest.mark.parametrize(("method", "status"), [("PUT", 200), ("PATCH", 200), ("DELETE", 204)])
async def test_the_version_of_the_record_is_a_match(
    async_client: AsyncClient, method: str, status: int, etag: str
) -> None:
    url = await created_at(async_client)
    body = None if method == "DELETE" else NAME

    done = await async_client.request(method, url, json=body, headers={"If-Match": etag})

    assert done.status_code == status


async def test_of_concurrent_changes_of_one_version_one_succeeds(committed: Settings) -> None:
    async with started(create_app(committed)) as client:
        url = await created_at(client)
        seen = {"If-Match": '"1"'}
        names = [{"username": f"ada{i}"} for i in range(10)]
        changes = [client.put(url, json=name, headers=seen) for name in names]
        statuses = [response.status_code for response in await asyncio.gather(*changes)]
        user = (await client.get(url)).json()

    assert sorted(statuses) == [200] + [412] * 9
    assert (user["version"], user["username"]) == (2, f"ada{statuses.index(200)}")
