"""Lists come in pages."""

import pytest
from httpx2 import AsyncClient

from src.core.database import Database
from src.crud.users import USERS
from tests.test_users import some_users


@pytest.fixture
async def ids(database: Database) -> list[int]:
    """Of seven users."""
    async with database.transaction() as session:
        users = await USERS.add_all(session, some_users(7))
    return [user.id for user in users]


async def test_a_list_comes_in_pages_and_reports_the_total(
    async_client: AsyncClient, ids: list[int]
) -> None:
    page = await async_client.get("/users/", params={"skip": 2, "limit": 3})

    assert [user["id"] for user in page.json()] == ids[2:5]
    assert page.headers["X-Total-Count"] == "7"


async def test_a_page_beyond_the_end_is_empty_and_reports_the_total(
    async_client: AsyncClient, ids: list[int]
) -> None:
    page = await async_client.get("/users/", params={"skip": len(ids)})

    assert page.json() == []
    assert page.headers["X-Total-Count"] == "7"


async def test_following_the_links_shows_every_record_once(
    async_client: AsyncClient, ids: list[int]
) -> None:
    seen, url = [], "/users/?limit=3"
    while url:
        page = await async_client.get(url)
        seen += [user["id"] for user in page.json()]
        url = page.links["next"]["url"] if "Link" in page.headers else ""
        url = f"/users/{url}" if url else ""

    assert seen == ids


async def test_after_an_id_nothing_is_counted(async_client: AsyncClient, ids: list[int]) -> None:
    page = await async_client.get("/users/", params={"after": ids[3], "skip": 1, "limit": 1})

    assert [user["id"] for user in page.json()] == [ids[5]]
    assert "X-Total-Count" not in page.headers


@pytest.mark.parametrize(
    "query",
    [
        *("sort=colour", "sort=-", "sort=created_at", "username=", "email=ada"),
        *("limit=0", "limit=1001", "limit=x", "limti=1"),
        *("skip=-1", f"skip={10**30}", "after=-1", f"after={2**63}"),
    ],
)
async def test_pages_are_bounded(async_client: AsyncClient, query: str) -> None:
    assert (await async_client.get(f"/users/?{query}")).status_code == 422


@pytest.mark.parametrize("query", ["limit=1000", f"skip={2**53 - 1}", f"after={2**53 - 1}"])
async def test_pages_go_to_their_bounds(async_client: AsyncClient, query: str) -> None:
    assert (await async_client.get(f"/users/?{query}")).status_code == 200


async def test_users_are_found_by_their_name_and_their_email(async_client: AsyncClient) -> None:
    for name in ("ada", "grace"):
        user = {"username": name, "email": f"{name}+b@example.com"}
        await async_client.post("/users/", json=user)

    for asked in ({"username": "grace"}, {"email": "Grace+b@example.com"}):
        found = await async_client.get("/users/", params=asked)
        assert [user["username"] for user in found.json()] == ["grace"]
    page = await async_client.get("/users/", params={"email": "grace+b@example.com", "limit": 1})
    assert (await async_client.get("/users/" + page.links["next"]["url"])).json() == []
