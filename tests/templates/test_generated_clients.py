"""Clients that others generate from the description of the flagship's API are typed and call every route."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the proofs hand an open socket to another process", allow_module_level=True)

from tests.proofs.flagship import Server, clean_environment, render, serve
from tests.support.folders import write

pytestmark = [pytest.mark.network, pytest.mark.slow]

PYTHON_CLIENT = "openapi-python-client==0.29.1"
NEEDED_BY_IT = ("httpx==0.28.1", "attrs==25.4.0", "python-dateutil==2.9.0", "mypy==1.19.0")

TYPESCRIPT_CLIENT = ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3")

PYTHON_CALLS = """\
import sys

from client import Client
from client.api.items import create_item, create_items_batch, delete_item
from client.api.items import read_item, read_items, read_items_batch, update_item
from client.api.status import read_health, read_live, read_root
from client.models import Error, Health, HTTPValidationError, Item, ItemCreate, ItemUpdate, Welcome

client = Client(base_url=sys.argv[1])

created = create_item.sync(client=client, body=ItemCreate(name="Cup", price=12.5))
assert isinstance(created, Item), created
batch = create_items_batch.sync(client=client, body=[ItemCreate(name="Pen", price=1.0)] * 2)
assert isinstance(batch, list), batch
updated = update_item.sync(created.id, client=client, body=ItemUpdate(price=9.5))
assert isinstance(updated, Item), updated
assert (updated.name, updated.price) == ("Cup", 9.5)
assert read_item.sync(created.id, client=client) == updated
page = read_items.sync(client=client, offset=1, limit=1)
assert isinstance(page, list), page
assert [item.name for item in page] == ["Pen"]
some = read_items_batch.sync(f"{batch[0].id},{created.id}", client=client)
assert isinstance(some, list), some
assert [item.name for item in some] == ["Pen", "Cup"]
assert delete_item.sync_detailed(created.id, client=client).status_code == 204
missing = read_item.sync(created.id, client=client)
assert isinstance(missing, Error), missing
assert missing.detail == f"Item with id {created.id} not found"
refused = create_item.sync(client=client, body=ItemCreate(name="", price=1.0))
assert isinstance(refused, HTTPValidationError), refused
assert isinstance(read_root.sync(client=client), Welcome)
assert read_live.sync(client=client) == read_health.sync(client=client) == Health(status="ok")
"""

TYPESCRIPT_CALLS = """\
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };

const client = createClient<paths>({ baseUrl: process.argv[2] });

function given<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

function same(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

const cup: components["schemas"]["ItemCreate"] = { name: "Cup", price: 12.5 };
const created = given(await client.POST("/items/", { body: cup }));
const path = { item_id: created.id };
const batch = given(await client.POST("/items/batch", { body: [{ name: "Pen", price: 1 }] }));
const updated = given(await client.PUT("/items/{item_id}", { params: { path }, body: { price: 9.5 } }));
same(updated, { ...created, price: 9.5 });
same(given(await client.GET("/items/{item_id}", { params: { path } })), updated);
same(given(await client.GET("/items/", { params: { query: { offset: 1, limit: 1 } } })), batch);
const ids = { item_ids: `${batch[0].id},${created.id}` };
const some = given(await client.GET("/items/batch/{item_ids}", { params: { path: ids } }));
same(some.map((item) => item.name), ["Pen", "Cup"]);
same((await client.DELETE("/items/{item_id}", { params: { path } })).response.status, 204);
const missing = await client.GET("/items/{item_id}", { params: { path } });
same(missing.error?.detail, `Item with id ${created.id} not found`);
const refused = await client.POST("/items/", { body: { name: "", price: 1 } });
same(refused.response.status, 422);
same(given(await client.GET("/")).message.startsWith("Welcome"), true);
same(given(await client.GET("/live")).status, "ok");
same(given(await client.GET("/health")).status, "ok");
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serve(render(tmp_path), tmp_path / "items.json") as server:
        yield server


@pytest.fixture
def clients(server: Server, tmp_path: Path) -> Path:
    """A folder with the description."""
    folder = tmp_path / "clients"
    with server.client() as client:
        write(folder, {"openapi.json": client.get("/openapi.json").text})
    return folder


def test_a_client_in_python(server: Server, clients: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    words = ("generate", "--path", "openapi.json", "--output-path", "client", "--meta", "none")
    said = run(clients, str(uv), "tool", "run", PYTHON_CLIENT, *words, "--fail-on-warning")
    assert "WARNING" not in said
    write(clients, {"calls.py": PYTHON_CALLS})
    python = str(clients / ".venv/bin/python")
    run(clients, str(uv), "venv", "--quiet", "--python", sys.executable)
    run(clients, str(uv), "pip", "install", "--quiet", "--python", python, *NEEDED_BY_IT)
    run(clients, python, "-m", "mypy", "--strict", "--follow-imports=silent", "calls.py")
    run(clients, python, "calls.py", server.url)


def test_a_client_in_typescript(server: Server, clients: Path) -> None:
    npm, npx = shutil.which("npm"), shutil.which("npx")
    if not (npm and npx):
        pytest.skip("npm is not installed")
    options = {"strict": True, "target": "es2022", "module": "nodenext", "skipLibCheck": True}
    settings = {"compilerOptions": options, "files": ["calls.ts"]}
    write(
        clients,
        {
            "package.json": '{"type": "module"}',
            "tsconfig.json": json.dumps(settings),
            "calls.ts": TYPESCRIPT_CALLS,
        },
    )
    run(clients, npm, "install", "--no-audit", "--no-fund", *TYPESCRIPT_CLIENT)
    run(clients, npx, "openapi-typescript", "openapi.json", "--output", "schema.ts")
    run(clients, npx, "tsc")
    run(clients, "node", "calls.js", server.url)


NO_REGISTRY = ("error sending request", "dns error", "ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "E404")


def run(folder: Path, *words: str) -> str:
    done = subprocess.run(
        words, cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    if done.returncode and any(sign in said for sign in NO_REGISTRY):
        pytest.skip(f"the registry does not answer: {said.strip().splitlines()[-1]}")
    assert done.returncode == 0, said
    return said
