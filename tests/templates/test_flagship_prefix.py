"""The flagship behind a path of a proxy's and a prefix of its own: the limits know both."""

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the proofs hand an open socket to another process", allow_module_level=True)

from tests.proofs.flagship import render, serve
from tests.releases.owners import edit

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("root_path", ["", "/api"])
@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_health_checks_are_exempt_and_locations_lead_there(
    root_path: str, prefix: str, tmp_path: Path
) -> None:
    project = render(tmp_path)
    if prefix:
        include = "app.include_router(api_router"
        edit(project, {"src/main.py": {f"{include})": f'{include}, prefix="{prefix}")'}})
    words = ("--root-path", root_path) if root_path else ()
    with (
        serve(project, tmp_path / "items.json", *words, RATE_LIMIT="3/hour") as server,
        server.client() as client,
    ):
        created = client.post(f"{prefix}/items/", json={"name": "Cup", "price": 1.0})
        statuses = [client.get(f"{prefix}/items/1").status_code for _ in range(3)]
        checks = {client.get(f"{prefix}/{check}").status_code for check in ("live", "health") * 3}

    assert created.headers["Location"] == f"{root_path}{prefix}/items/1"
    assert statuses == [200, 200, 429]
    assert checks == {200}
