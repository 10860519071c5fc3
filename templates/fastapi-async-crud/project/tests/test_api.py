"""The API beyond the life of one item: pages, batches, limits, errors, documentation."""

from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient, Response
from limits.errors import ConfigurationError

from src.core.project import PROJECT
from src.main import create_app
from tests.conftest import settings, started

ITEM = {"name": "Cup", "description": None, "price": 1.0, "tax": None}
JSON = {"Content-Type": "application/json"}


async def post_text(client: AsyncClient, text: str) -> Response:
    return await client.post("/items/", content=text.encode(), headers=JSON)


def faults(response: Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = response.json()["detail"]
    return found


async def test_a_list_comes_in_pages_and_tells_the_total(async_client: AsyncClient) -> None:
    await async_client.post("/items/batch", json=[ITEM] * 7)

    page = await async_client.get("/items/", params={"offset": 2, "limit": 3})

    assert [item["id"] for item in page.json()] == [3, 4, 5]
    assert page.headers["X-Total-Count"] == "7"
    assert (await async_client.get("/items/?offset=7")).json() == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "offset=-1", f"offset={10**30}", "limit=x"]
)
async def test_pages_are_bounded(async_client: AsyncClient, query: str) -> None:
    assert (await async_client.get(f"/items/?{query}")).status_code == 422


@pytest.mark.parametrize(
    ("item_id", "status"),
    [
        ("0", 422),
        (str(2**53), 422),
        ("9" * 3000, 422),
        ("9" * 5000, 414),
        *((odd, 404) for odd in ("-1", "+1", "1_0", "1.0", "%201", "x", "\uff11")),
    ],
)
async def test_an_id_that_cannot_be_is_no_server_error(
    async_client: AsyncClient, item_id: str, status: int
) -> None:
    assert (await async_client.get(f"/items/{item_id}")).status_code == status


async def test_an_update_can_clear_what_may_be_empty_and_nothing_else(
    async_client: AsyncClient,
) -> None:
    await async_client.post("/items/", json=ITEM | {"tax": 2})

    assert (await async_client.put("/items/1", json={"tax": None})).json()["tax"] is None
    assert (await async_client.put("/items/1", json={"name": None})).status_code == 422
    assert (await async_client.put("/items/1", json={"id": 2})).status_code == 422
    assert (await async_client.put("/items/1", json={})).json() == {"id": 1, **ITEM}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"name": "\\ud800", "price": 1}', 422),
        ('{"\\ud800": 1}', 422),
        ('{"name": "x", "price": NaN}', 422),
        ('{"name": "x", "price": 1e999}', 422),
        ('{"name": "x", "price": %s}' % ("9" * 400), 422),
        ('{"name": "x", "price": %s}' % ("9" * 5000), 400),
        ("[" * 100_000, 400),
        ('{"name":', 422),
        ("", 422),
    ],
)
async def test_a_body_that_cannot_be_is_the_clients_error(
    async_client: AsyncClient, body: str, status: int
) -> None:
    response = await post_text(async_client, body)

    assert response.status_code == status
    assert response.json()["detail"]


async def test_an_invalid_request_is_told_the_place_and_not_its_input(
    async_client: AsyncClient,
) -> None:
    response = await async_client.post("/items/", json=ITEM | {"price": "secret"})

    assert [fault["loc"] for fault in faults(response)] == [["body", "price"]]
    assert "secret" not in response.text


async def test_a_batch_is_created_whole_or_not_at_all(async_client: AsyncClient) -> None:
    refused = await async_client.post("/items/batch", json=[ITEM, ITEM | {"price": -1}])
    created = await async_client.post("/items/batch", json=[ITEM, ITEM])

    assert refused.status_code == 422
    assert created.status_code == 201
    assert [item["id"] for item in created.json()] == [1, 2]
    assert (await async_client.get("/items/")).headers["X-Total-Count"] == "2"


@pytest.mark.parametrize("size", [0, 101])
async def test_batches_are_bounded(async_client: AsyncClient, size: int) -> None:
    assert (await async_client.post("/items/batch", json=[ITEM] * size)).status_code == 422
    ids = ",".join(["1"] * size)
    assert (await async_client.get(f"/items/batch/{ids}")).status_code in {307, 422}


async def test_a_batch_read_gives_those_that_exist_in_the_order_asked(
    async_client: AsyncClient,
) -> None:
    await async_client.post("/items/batch", json=[ITEM] * 3)

    response = await async_client.get("/items/batch/3,99,1")

    assert [item["id"] for item in response.json()] == [3, 1]
    assert (await async_client.get("/items/batch/1,x")).status_code == 422


async def test_a_method_that_is_not_there_is_told_those_that_are(
    async_client: AsyncClient,
) -> None:
    response = await async_client.patch("/items/1")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, PUT, DELETE"


@pytest.mark.parametrize("path", ["/", "/live", "/health", "/items/", "/items/1", "/docs"])
async def test_head_is_answered_wherever_get_is(async_client: AsyncClient, path: str) -> None:
    await async_client.post("/items/", json=ITEM)
    head, get = await async_client.head(path), await async_client.get(path)

    assert head.status_code == 200
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


async def test_browsers_may_come_from_the_origins_that_are_named(data_file: Path) -> None:
    shop = {"Origin": "https://shop.example"}
    preflight = {**shop, "Access-Control-Request-Method": "PUT"}
    allowed = "Access-Control-Allow-Origin"
    app = create_app(
        settings(DATA_FILE=data_file, CORS_ORIGINS="https://a.example, https://shop.example")
    )
    async with started(app) as client:
        for response in (
            await client.get("/items/", headers=shop),
            await client.get("/items/7", headers=shop),
            await client.post("/items/", headers={**shop, "Content-Length": str(2**30)}),
            await client.options("/items/1", headers=preflight),
        ):
            assert response.headers[allowed] == "https://shop.example"
        answer = await client.get("/items/", headers=shop)
        other = await client.get("/items/", headers={"Origin": "https://other.example"})

    assert answer.headers["Access-Control-Expose-Headers"] == "*"
    assert allowed not in other.headers


async def test_no_origin_is_allowed_by_default(async_client: AsyncClient) -> None:
    response = await async_client.get("/", headers={"Origin": "https://shop.example"})

    assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_place_for_counters_that_cannot_be_stops_the_start() -> None:
    with pytest.raises(ConfigurationError):
        create_app(settings(RATE_LIMIT="1/minute", RATE_LIMIT_STORAGE_URL="nowhere://"))


async def test_the_welcome_names_the_project(async_client: AsyncClient) -> None:
    assert (await async_client.get("/")).json() == {"message": f"Welcome to {PROJECT.name}!"}


async def test_health_is_that_of_the_data_and_life_is_not(
    async_client: AsyncClient, data_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await async_client.get("/health")).status_code == 200

    data_file.write_text("not JSON")
    response = await async_client.get("/health")

    assert response.status_code == 503
    assert response.json()["detail"].startswith("items.json: Invalid JSON")
    assert str(data_file) in caplog.text
    assert str(data_file) not in response.text
    assert (await async_client.get("/live")).status_code == 200


async def test_the_documentation_declares_all_that_can_happen(async_client: AsyncClient) -> None:
    paths = (await async_client.get("/openapi.json")).json()["paths"]
    operations = {op["operationId"]: op for methods in paths.values() for op in methods.values()}

    assert operations.keys() >= {
        "read_root",
        "read_live",
        "read_health",
        "read_items",
        "create_item",
        "read_item",
        "update_item",
        "delete_item",
        "create_items_batch",
        "read_items_batch",
    }
    for operation in operations.values():
        assert operation["responses"].keys() >= {"414", "429", "500", "503", "504"}
    update = operations["update_item"]["responses"]
    assert update.keys() >= {"200", "400", "404", "413", "422", "507"}
    assert update["404"]["description"] == "Item not found"
