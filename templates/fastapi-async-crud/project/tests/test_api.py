"""The API beyond its resources: errors, origins, health, documentation."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from limits.errors import ConfigurationError
from pydantic import BaseModel, ConfigDict, Field

from src.api.errors import HANDLERS
from src.core.project import PROJECT, ROOT
from src.main import create_app
from tests.conftest import settings, started


class Cup(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    name: str = Field(max_length=100)
    price: float = Field(allow_inf_nan=False)


@pytest.fixture
def shop() -> AsyncClient:
    """Of an application that has our answers to errors, and one kind of record."""
    app = FastAPI(exception_handlers=HANDLERS)

    @app.get("/cups/{name}")
    async def read_cup(name: str) -> str:
        return name

    @app.put("/cups/{name}")
    async def replace_cup(name: str, cup: Cup) -> Cup:
        return cup

    return AsyncClient(transport=ASGITransport(app), base_url="http://test")


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
    shop: AsyncClient, body: str, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    response = await shop.put("/cups/1", content=body.encode(), headers=headers)

    assert response.status_code == status
    assert response.json()["detail"]


async def test_an_invalid_request_is_told_the_place_and_not_its_input(shop: AsyncClient) -> None:
    response = await shop.put("/cups/1", json={"name": "x", "price": "secret"})
    faults: list[dict[str, Any]] = response.json()["detail"]

    assert [fault["loc"] for fault in faults] == [["body", "price"]]
    assert "secret" not in response.text


async def test_a_method_that_is_not_there_is_told_those_that_are(shop: AsyncClient) -> None:
    response = await shop.delete("/cups/1")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, PUT"


@pytest.mark.parametrize("path", ["/", "/live", "/health", "/docs"])
async def test_head_is_answered_wherever_get_is(async_client: AsyncClient, path: str) -> None:
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
            await client.get("/", headers=shop),
            await client.get("/nowhere", headers=shop),
            await client.post("/", headers={**shop, "Content-Length": str(2**30)}),
            await client.options("/", headers=preflight),
        ):
            assert response.headers[allowed] == "https://shop.example"
        answer = await client.get("/", headers=shop)
        other = await client.get("/", headers={"Origin": "https://other.example"})

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


def test_data_begins_with_the_mock_data_but_where_somebody_has_said_where_it_is() -> None:
    assert settings().seed("notes") == ROOT / "src/mocks/mock_notes.json"
    assert settings(DATA_FILE=Path("/var/items.json")).seed("notes") is None


async def test_the_documentation_declares_all_that_can_happen(async_client: AsyncClient) -> None:
    paths = (await async_client.get("/openapi.json")).json()["paths"]
    operations = {op["operationId"]: op for methods in paths.values() for op in methods.values()}

    assert operations.keys() >= {"read_root", "read_live", "read_health"}
    for name, operation in operations.items():
        assert operation["responses"].keys() >= {"414", "429", "500", "503", "504"}
        if "requestBody" in operation:
            assert operation["responses"].keys() >= {"400", "413", "422", "507"}
        if name.startswith(("update_", "delete_")):
            assert "not found" in operation["responses"]["404"]["description"]
