"""Lists in pages, by what is skipped and by what they follow."""

import pytest
from httpx2 import AsyncClient

from src.core.database import Database
from src.crud.items import ITEMS


@pytest.fixture
async def ids(database: Database) -> list[int]:
    """Of seven items."""
    fields = {"name": "Cup", "description": None, "price": 1.0, "tax": None}
    async with database.transaction() as session:
        items = await ITEMS.add_all(session, [fields] * 7)
    return [item.id for item in items]


async def test_a_list_comes_in_pages_and_tells_the_total(
    async_client: AsyncClient, ids: list[int]
) -> None:
    page = await async_client.get("/items/", params={"skip": 2, "limit": 3})

    assert [item["id"] for item in page.json()] == ids[2:5]
    assert page.headers["X-Total-Count"] == "7"


async def test_beyond_the_end_there_is_nothing_but_the_total(
    async_client: AsyncClient, ids: list[int]
) -> None:
    page = await async_client.get("/items/", params={"skip": len(ids)})

    assert page.json() == []
    assert page.headers["X-Total-Count"] == "7"


async def test_who_follows_the_links_sees_all_once(
    async_client: AsyncClient, ids: list[int]
) -> None:
    seen, url = [], "/items/?limit=3"
    while url:
        page = await async_client.get(url)
        seen += [item["id"] for item in page.json()]
        url = page.links["next"]["url"] if "Link" in page.headers else ""
        url = f"/items/{url}" if url else ""

    assert seen == ids


async def test_after_an_id_nothing_is_counted(async_client: AsyncClient, ids: list[int]) -> None:
    page = await async_client.get("/items/", params={"after": ids[3], "skip": 1, "limit": 1})

    assert [item["id"] for item in page.json()] == [ids[5]]
    assert "X-Total-Count" not in page.headers


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=1001", "limit=x", "limit=1&limit=2"),
        *("skip=-1", f"skip={10**30}", "after=-1", f"after={2**63}"),
    ],
)
async def test_pages_are_bounded(async_client: AsyncClient, query: str) -> None:
    assert (await async_client.get(f"/items/?{query}")).status_code == 422
    assert (await async_client.get(f"/users/?{query}")).status_code == 422


@pytest.mark.parametrize("query", ["limit=1000", f"skip={2**53 - 1}", f"after={2**53 - 1}"])
async def test_pages_go_to_their_bounds(async_client: AsyncClient, query: str) -> None:
    assert (await async_client.get(f"/items/?{query}")).status_code == 200


@pytest.mark.parametrize(
    ("item_id", "status"),
    [("0", 422), ("-1", 404), ("1_0", 404), ("x", 404), (str(2**53), 422), ("9" * 5000, 414)],
)
async def test_an_id_that_cannot_be_is_no_server_error(
    async_client: AsyncClient, item_id: str, status: int
) -> None:
    for path in ("items", "users", "user-profile", "user-profile-concurrent"):
        assert (await async_client.get(f"/{path}/{item_id}")).status_code == status
