"""A new record's `Location`."""

import pytest

from tests.conftest import APP, started


@pytest.mark.usefixtures("async_client")
@pytest.mark.parametrize("prefix", ["", "/v1"])
async def test_a_location_is_a_path_that_leads_there_also_behind_a_proxy(prefix: str) -> None:
    async with started(APP, root_path=prefix) as client:
        created = await client.post(f"{prefix}/items/", json={"name": "Cup", "price": 1.0})
        place = created.headers["Location"]

        assert place == f"{prefix}/items/{created.json()['id']}"
        assert (await client.get(place)).json() == created.json()
