"""The SQL project as uvicorn serves it: behind a path, to clients that hang up, until it is told to stop."""

import asyncio
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import asyncpg
import httpx2
import pytest

if sys.platform == "win32":
    pytest.skip("the proofs hand an open socket to another process", allow_module_level=True)

from tests.proofs import flagship, sql
from tests.proofs.sql import Database
from tests.releases.owners import edit

pytestmark = pytest.mark.slow

ITEM = {"name": "Cup", "price": 1.0}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return sql.render(tmp_path)


@pytest.mark.parametrize(("root_path", "prefix"), [("", ""), ("/api", ""), ("/api", "/v1")])
def test_all_limits_know_the_path_of_the_api(
    root_path: str, prefix: str, project: Path, tmp_path: Path
) -> None:
    if prefix:
        edit(project, {"src/main.py": {"include_routes(app)": f'include_routes(app, prefix="{prefix}")'}})
    words = ("--root-path", root_path) if root_path else ()
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/app.db",
        "UPLOAD_FOLDER": str(tmp_path / "uploads"),
        "MAX_BODY_SIZE": "1000",
        "RATE_LIMIT": "4/hour",
    }
    with flagship.serve(project, None, *words, workers=1, **settings) as server, server.client() as client:
        created = client.post(f"{prefix}/items/", json=ITEM)
        sent = client.post(f"{prefix}/files/", files={"file": ("a.txt", b"a" * 50_000, "text/plain")})
        statuses = [client.get(f"{prefix}/items/1").status_code for _ in range(3)]
        checks = {client.get(f"{prefix}/{check}").status_code for check in ("live", "health") * 3}

    assert created.headers["Location"] == f"{root_path}{prefix}/items/1"
    assert sent.status_code == 201
    assert statuses == [200, 200, 429]
    assert checks == {200}


@pytest.mark.parametrize("kind", sql.KINDS)
def test_a_change_that_its_client_gave_up_is_not_made(kind: str, project: Path) -> None:
    if reason := sql.why_not(kind):
        pytest.skip(reason)
    with sql.new_database(kind, project) as database, database.serve() as server, server.client() as client:
        url = client.post("/items/", json=ITEM).headers["Location"]
        with locked(database), pytest.raises(httpx2.TimeoutException):
            client.put(url, json={"price": 99}, timeout=0.5)
        # The next change has to wait for what is left of the last one
        assert client.put(url, json={"name": "Mug"}).json()["price"] == 1.0


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """The items, by somebody else; half a second longer, so that the server notices what happens."""
    if database.kind == "sqlite":
        with closing(sqlite3.connect(database.url.removeprefix("sqlite:///"))) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            time.sleep(0.5)
            connection.rollback()
        return
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(database.url))
        runner.run(connection.execute("BEGIN; SELECT * FROM items FOR UPDATE"))
        yield
        time.sleep(0.5)
        runner.run(connection.close())


def test_a_slow_upload_delays_the_end_for_no_longer_than_stated(project: Path, tmp_path: Path) -> None:
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/app.db",
        "UPLOAD_FOLDER": str(tmp_path / "uploads"),
        "UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN": "1",
    }

    def slowly() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        server.process.terminate()
        while server.process.poll() is None:
            yield b"a"
            time.sleep(0.05)

    with flagship.serve(project, None, workers=1, **settings) as server, server.client() as client:
        client.get("/live")
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        began = time.monotonic()
        with suppress(httpx2.TransportError):
            client.post("/files/", content=slowly(), headers=kind)
        server.process.wait(timeout=20)

    assert time.monotonic() - began < 10
    assert [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()] == []
