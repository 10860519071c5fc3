"""Lists: pages, filters and order."""

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


async def test_a_list_comes_in_pages_and_reports_the_total(
    async_client: AsyncClient, ids: list[int]
) -> None:
    page = await async_client.get("/items/", params={"skip": 2, "limit": 3})

    assert [item["id"] for item in page.json()] == ids[2:5]
    assert page.headers["X-Total-Count"] == "7"


async def test_a_page_beyond_the_end_is_empty_and_reports_the_total(
    async_client: AsyncClient, ids: list[int]
) -> None:
    page = await async_client.get("/items/", params={"skip": len(ids)})

    assert page.json() == []
    assert page.headers["X-Total-Count"] == "7"


async def test_following_the_links_shows_every_record_once(
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
        *("sort=colour", "sort=-", "sort=description", "min_price=x", "max_price=-1", "name="),
        *("limit=0", "limit=1001", "limit=x", "limti=1"),
        *("skip=-1", f"skip={10**30}", "after=-1", f"after={2**63}"),
    ],
)
async def test_pages_are_bounded(async_client: AsyncClient, query: str) -> None:
    assert (await async_client.get(f"/items/?{query}")).status_code == 422
    assert (await async_client.get(f"/users/?{query}")).status_code == 422


@pytest.mark.parametrize("query", ["limit=1000", f"skip={2**53 - 1}", f"after={2**53 - 1}"])
async def test_pages_go_to_their_bounds(async_client: AsyncClient, query: str) -> None:
    assert (await async_client.get(f"/items/?{query}")).status_code == 200


# Filters and order.


@pytest.fixture
async def shop(database: Database) -> None:
    """Four items, two of which have the same price."""
    prices = {"Cup": 8.0, "Plate": 5.0, "Bowl": 8.0, "Spoon": 2.5}
    for name, price in prices.items():
        await ITEMS.add(database, {"name": name, "price": price})


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=Cup", ["Cup"]),
        ("name=cup", []),
        ("min_price=5", ["Cup", "Plate", "Bowl"]),
        ("min_price=5&max_price=7.99", ["Plate"]),
        ("sort=name", ["Bowl", "Cup", "Plate", "Spoon"]),
        ("sort=-name&max_price=5", ["Spoon", "Plate"]),
        ("sort=price", ["Spoon", "Plate", "Cup", "Bowl"]),
        ("sort=-price", ["Bowl", "Cup", "Plate", "Spoon"]),
        ("sort=-id", ["Spoon", "Bowl", "Plate", "Cup"]),
    ],
)
async def test_a_list_has_filters_and_an_order(
    async_client: AsyncClient, query: str, names: list[str]
) -> None:
    found = await async_client.get(f"/items/?{query}")
    skipped = await async_client.get(f"/items/?{query}&skip=1&limit=2")

    assert [item["name"] for item in found.json()] == names
    assert [item["name"] for item in skipped.json()] == names[1:3]
    assert {page.headers["X-Total-Count"] for page in (found, skipped)} == {str(len(names))}


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name", "price", "-price"])
@pytest.mark.parametrize("limit", [1, 2])
async def test_links_keep_the_filters_and_the_order(
    async_client: AsyncClient, sort: str, limit: int
) -> None:
    asked = f"/items/?sort={sort}&min_price=5"
    whole = (await async_client.get(asked)).json()
    page = await async_client.get(f"{asked}&limit={limit}")
    seen = page.json()
    while "Link" in page.headers:
        page = await async_client.get("/items/" + page.links["next"]["url"])
        seen += page.json()

    assert seen == whole
    assert len(seen) == 3


@pytest.mark.usefixtures("shop")
async def test_a_page_after_a_deleted_record_needs_the_order_of_the_ids(
    async_client: AsyncClient,
) -> None:
    first, second, *_ = (await async_client.get("/items/?sort=price")).json()
    await async_client.delete(f"/items/{first['id']}")

    by_price = await async_client.get(f"/items/?sort=price&after={first['id']}")
    by_id = await async_client.get(f"/items/?sort=-id&after={first['id']}")
    last = await async_client.get(f"/items/?sort=-price&after={second['id']}")

    assert by_price.status_code == 404
    assert [item["name"] for item in by_id.json()] == ["Bowl", "Plate", "Cup"]
    assert (last.status_code, last.json()) == (200, [])


async def test_users_are_found_by_their_name_and_their_email(async_client: AsyncClient) -> None:
    for name in ("ada", "grace"):
        user = {"username": name, "email": f"{name}+b@example.com"}
        await async_client.post("/users/", json=user)

    for asked in ({"username": "grace"}, {"email": "Grace+b@example.com"}):
        found = await async_client.get("/users/", params=asked)
        assert [user["username"] for user in found.json()] == ["grace"]
    page = await async_client.get("/users/", params={"email": "grace+b@example.com", "limit": 1})
    assert (await async_client.get("/users/" + page.links["next"]["url"])).json() == []
