"""The API beyond the life of one record: bodies, methods, documentation."""

import json
from typing import Any

import pytest
from httpx2 import AsyncClient, Response

ITEM = {"name": "Cup", "description": None, "price": 1.0, "tax": None}
JSON = {"Content-Type": "application/json"}


async def post_text(client: AsyncClient, text: str) -> Response:
    return await client.post("/items/", content=text.encode(), headers=JSON)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"name": "\\u0000", "price": 1}', 422),
        ('{"name": "x", "description": "a\\u0000b", "price": 1}', 422),
        ('{"name": "\\ud800", "price": 1}', 422),
        ('{"\\ud800": 1}', 422),
        ('{"name": "x", "price": NaN}', 422),
        ('{"name": "x", "price": 1e999}', 422),
        ('{"name": "x", "price": %s}' % ("9" * 400), 422),
        ('{"name": "x", "price": %s}' % ("9" * 5000), 400),
        ('{"name": "x", "price": "1"}', 422),
        ('{"name": "x", "price": 1, "colour": "red"}', 422),
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


async def test_what_a_text_may_hold_is_kept_as_it_is(async_client: AsyncClient) -> None:
    name = "é 漢字 🦄 \u202e \x01 \x7f ' \" \\ % : $1 ?"
    response = await async_client.post("/items/", json=ITEM | {"name": name})

    assert response.json()["name"] == name
    assert (await async_client.get(response.headers["Location"])).json()["name"] == name


async def test_an_update_can_clear_what_may_be_empty_and_nothing_else(
    async_client: AsyncClient,
) -> None:
    url = (await async_client.post("/items/", json=ITEM | {"tax": 2})).headers["Location"]

    assert (await async_client.put(url, json={"tax": None})).json()["tax"] is None
    for wrong in ({"name": None}, {"id": 2}, {"version": 2}, {"price": -1}):
        assert (await async_client.put(url, json=wrong)).status_code == 422
    assert (await async_client.get(url)).json() | ITEM == (await async_client.get(url)).json()


async def test_an_invalid_request_is_told_the_place_and_not_its_input(
    async_client: AsyncClient,
) -> None:
    response = await async_client.post("/items/", json=ITEM | {"price": "secret"})

    assert [fault["loc"] for fault in response.json()["detail"]] == [["body", "price"]]
    assert "secret" not in response.text


async def test_a_method_that_is_not_there_is_told_those_that_are(
    async_client: AsyncClient,
) -> None:
    response = await async_client.patch("/items/1")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, PUT, DELETE"


# The documentation.

READS = {
    "read_root": set(),
    "read_health": set(),
    "read_items": {"200", "422"},
    "read_item": {"200", "404", "422"},
    "read_users": {"200", "422"},
    "read_user": {"200", "404", "422"},
    "read_posts": {"200", "404", "422"},
    "read_profile": {"200", "404", "422"},
    "read_profile_concurrently": {"200", "404", "422"},
}
BODY = {"400", "413", "422", "507"}
WRITES = {
    "create_item": BODY | {"201"},
    "update_item": BODY | {"200", "404", "412"},
    "delete_item": {"204", "404", "412", "422", "507"},
    "create_user": BODY | {"201", "409"},
    "update_user": BODY | {"200", "404", "409", "412"},
    "delete_user": {"204", "404", "412", "422", "507"},
    "create_post": BODY | {"201", "404"},
}


async def test_the_documentation_declares_all_that_can_happen(async_client: AsyncClient) -> None:
    paths = (await async_client.get("/openapi.json")).json()["paths"]
    operations: dict[str, Any] = {
        operation["operationId"]: operation
        for methods in paths.values()
        for operation in methods.values()
    }

    assert operations.keys() >= READS.keys() | WRITES.keys()
    for name, statuses in (READS | WRITES).items():
        declared = operations[name]["responses"]
        assert declared.keys() == statuses | {"414", "429", "500", "503", "504"} | (
            declared.keys() & {"200"}
        )
    created = operations["create_user"]["responses"]["201"]
    assert created["headers"].keys() == {"Location", "ETag"}
    assert json.dumps(created["content"]).endswith('schemas/User"}}}')
