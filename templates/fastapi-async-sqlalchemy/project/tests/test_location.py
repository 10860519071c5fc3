"""Where a new record is, as its creator is told."""

import pytest
from httpx2 import ASGITransport, AsyncClient

from tests.conftest import APP


@pytest.mark.usefixtures("async_client")
@pytest.mark.parametrize("prefix", ["", "/v1"])
async def test_a_location_is_a_path_that_leads_there_behind_a_proxy_too(prefix: str) -> None:
    transport = ASGITransport(APP, root_path=prefix)
    async with AsyncClient(transport=transport, base_url="https://example.com") as outside:
        created = await outside.post(f"{prefix}/items/", json={"name": "Cup", "price": 1.0})
        place = created.headers["Location"]

        assert place == f"{prefix}/items/{created.json()['id']}"
        assert (await outside.get(place)).json() == created.json()
