"""The API beyond the life of one record: bodies, methods, documentation."""

from typing import Any

import pytest
from httpx2 import AsyncClient, Response

from tests.test_users import ADA

JSON = {"Content-Type": "application/json"}


async def post_text(client: AsyncClient, text: str) -> Response:
    return await client.post("/users/", content=text.encode(), headers=JSON)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"username": "\\u0000", "email": "ada@example.com"}', 422),
        ('{"username": "\\ud800", "email": "ada@example.com"}', 422),
        ('{"\\ud800": 1}', 422),
        ('{"username": NaN, "email": "ada@example.com"}', 422),
        ('{"username": 1e999, "email": "ada@example.com"}', 422),
        ('{"username": %s, "email": "ada@example.com"}' % ("9" * 400), 422),
        ('{"username": %s, "email": "ada@example.com"}' % ("9" * 5000), 400),
        ('{"username": 1, "email": "ada@example.com"}', 422),
        ('{"username": "ada", "email": "ada@example.com", "colour": "red"}', 422),
        ("[" * 100_000, 400),
        ('{"username":', 422),
        ("", 422),
    ],
)
async def test_an_invalid_body_is_the_clients_error(
    async_client: AsyncClient, body: str, status: int
) -> None:
    response = await post_text(async_client, body)

    assert response.status_code == status
    assert response.json()["detail"]


async def test_an_update_can_clear_no_required_field_and_change_no_other(
    async_client: AsyncClient,
) -> None:
    created = await async_client.post("/users/", json=ADA)
    url = created.headers["Location"]

    for wrong in ({"username": None}, {"email": "ada"}, {"id": 2}, {"version": 2}):
        assert (await async_client.put(url, json=ADA | wrong)).status_code == 422
    assert (await async_client.get(url)).json() == created.json()


async def test_a_validation_error_names_the_field_and_does_not_repeat_the_input(
    async_client: AsyncClient,
) -> None:
    response = await async_client.post("/users/", json=ADA | {"email": "secret"})

    assert [fault["loc"] for fault in response.json()["detail"]] == [["body", "email"]]
    assert "secret" not in response.text


async def test_a_wrong_method_is_answered_with_those_that_are_allowed(
    async_client: AsyncClient,
) -> None:
    response = await async_client.post("/users/1")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, PUT, PATCH, DELETE"


@pytest.mark.parametrize(
    ("user_id", "status"),
    [
        ("0", 422),
        (str(2**53), 422),
        ("9" * 3000, 422),
        ("9" * 5000, 414),
        *((odd, 404) for odd in ("-1", "+1", "1_0", "1.0", "%201", "x", "\uff11")),
    ],
)
async def test_an_impossible_id_is_the_clients_error(
    async_client: AsyncClient, user_id: str, status: int
) -> None:
    assert (await async_client.get(f"/users/{user_id}")).status_code == status


# The documentation.

COMMON = {"414", "429", "500", "503", "504"}
BODY = {"400", "413", "422", "507"}
CHANGE = {"404", "412", "422", "507"}
STATUSES = {
    "read_root": {"200"},
    "read_users": {"200", "404", "422"},
    "read_user": {"200", "404", "422"},
    "create_user": BODY | {"201", "409"},
    "update_user": BODY | CHANGE | {"200", "409"},
    "patch_user": BODY | CHANGE | {"200", "409"},
    "delete_user": CHANGE | {"204", "409"},
}


async def test_the_documentation_lists_every_status_of_every_operation(
    async_client: AsyncClient,
) -> None:
    found = await statuses(async_client)

    assert {name: found[name] for name in STATUSES} == STATUSES


async def test_the_documentation_says_of_404_what_is_not_found(async_client: AsyncClient) -> None:
    for name, operation in (await operations(async_client)).items():
        missing = operation["responses"].get("404", {"description": f"{name} not found"})
        assert missing["description"].endswith("not found")


async def statuses(client: AsyncClient) -> dict[str, set[str]]:
    """Those that each operation has, but for those that all have."""
    found = await operations(client)
    return {name: {*operation["responses"]} - COMMON for name, operation in found.items()}


async def operations(client: AsyncClient) -> dict[str, Any]:
    paths = (await client.get("/openapi.json")).json()["paths"]
    return {
        operation["operationId"]: operation
        for methods in paths.values()
        for operation in methods.values()
    }


async def test_the_documentation_describes_filters_and_order(async_client: AsyncClient) -> None:
    paths = (await async_client.get("/openapi.json")).json()["paths"]
    query = {each["name"]: each["schema"] for each in paths["/users/"]["get"]["parameters"]}

    assert query.keys() == {"skip", "limit", "after", "sort", "username", "email"}
    names = ["id", "username", "email"]
    assert query["sort"]["enum"] == [f"{sign}{name}" for name in names for sign in ("", "-")]
