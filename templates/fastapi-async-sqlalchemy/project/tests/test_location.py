"""A new record's `Location`."""

import pytest
from httpx2 import AsyncClient

from tests.test_users import ADA


@pytest.mark.parametrize("root_path", ["", "/v1"])
async def test_a_location_is_a_path_that_leads_there_also_behind_a_proxy(
    async_client: AsyncClient, root_path: str
) -> None:
    created = await async_client.post(f"{root_path}/users/", json=ADA)
    place = created.headers["Location"]

    assert place == f"{root_path}/users/{created.json()['id']}"
    assert (await async_client.get(place)).json() == created.json()
