"""Web pages of other origins, and HEAD: what browsers and monitors need of the application."""

import pytest
from httpx2 import AsyncClient

from src.core.config import Settings
from src.main import create_app
from tests.conftest import started

SHOP = {"Origin": "https://shop.example"}
ALLOWED = "Access-Control-Allow-Origin"


async def test_web_pages_of_the_named_origins_may_use_the_api(committed: Settings) -> None:
    origins = {"CORS_ORIGINS": "https://a.example, https://shop.example", "RATE_LIMIT": "3/hour"}
    preflight = {**SHOP, "Access-Control-Request-Method": "PUT"}
    app = create_app(committed.model_copy(update=origins))
    async with started(app) as client:
        answers = [
            await client.options("/users/1", headers=preflight),
            await client.get("/users/", headers=SHOP),
            await client.get("/users/7", headers=SHOP),
            await client.post("/users/", headers={**SHOP, "Content-Length": str(2**30)}),
            await client.get("/users/", headers=SHOP),
        ]
        other = await client.get("/live", headers={"Origin": "https://other.example"})

    assert [answer.status_code for answer in answers] == [200, 200, 404, 413, 429]
    assert {answer.headers[ALLOWED] for answer in answers} == {"https://shop.example"}
    assert answers[1].headers["Access-Control-Expose-Headers"] == "*"
    assert ALLOWED not in other.headers


async def test_no_origin_is_allowed_by_default(async_client: AsyncClient) -> None:
    response = await async_client.get("/", headers=SHOP)

    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/live", "/health", "/users/", "/docs"])
async def test_head_is_answered_wherever_get_is(async_client: AsyncClient, path: str) -> None:
    got, head = await async_client.get(path), await async_client.head(path)

    assert (head.status_code, got.status_code) == (200, 200)
    assert head.headers["Content-Length"] == got.headers["Content-Length"]
