"""The exercises of an async tutorial, done in what the preset `fastapi-async-service` gives.

Its three themes: a database that is asked concurrently, several services called at once, and files that are
uploaded, checked and processed in the background.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

if sys.platform == "win32":
    pytest.skip("the proofs hand an open socket to another process", allow_module_level=True)

from tests.proofs import sql
from tests.proofs.sql import Database

pytestmark = [pytest.mark.slow, pytest.mark.anyio]

MB = 1024 * 1024
PAUSE_S = 0.5


class Service(BaseHTTPRequestHandler):
    """Answers `/slow...` after a pause, `/hangs` never in time, and `/broken` with an error."""

    def do_GET(self) -> None:
        if self.path == "/hangs":
            time.sleep(4 * PAUSE_S)
        elif self.path.startswith("/slow"):
            time.sleep(PAUSE_S)
        body = json.dumps({"path": self.path}).encode()
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError):  # who asked has given up
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def services() -> Iterator[str]:
    """The address of other services."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=sql.KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if reason := sql.why_not(request.param):
        pytest.skip(reason)
    with sql.new_database(request.param, sql.render(tmp_path)) as database:
        yield database


@asynccontextmanager
async def client(database: Database, **settings: str) -> AsyncIterator[httpx2.AsyncClient]:
    folder = str(database.project.parent / "uploads")
    settings = {"QUEUE_URL": "memory://", "CACHE_URL": "memory://", "UPLOAD_FOLDER": folder, **settings}
    with database.serve(workers=1, **settings) as server:
        async with httpx2.AsyncClient(base_url=server.url, timeout=60) as client:
            await client.get("/health")  # until the server has started
            yield client


async def test_exercise_1_records_are_made_and_read_concurrently(database: Database) -> None:
    async with client(database) as api:
        created = await asyncio.gather(
            *(api.post("/items/", json={"name": f"Cup {n}", "price": n}) for n in range(20))
        )
        urls = [answer.headers["Location"] for answer in created]
        read = await asyncio.gather(*(api.get(url) for url in urls))
        changed = await api.patch(urls[0], json={"price": 99}, headers={"If-Match": read[0].headers["ETag"]})
        deleted = await api.delete(urls[1])
        gone = await api.get(urls[1])

    assert {answer.status_code for answer in created} == {201}
    assert len(set(urls)) == 20
    assert [answer.json() for answer in read] == [answer.json() for answer in created]
    assert (changed.json()["price"], deleted.status_code, gone.status_code) == (99.0, 204, 404)


async def test_exercise_1_both_halves_of_a_profile_are_queried_at_once(database: Database) -> None:
    async with client(database) as api:
        user = (await api.post("/users/", json={"username": "ada", "email": "ada@example.com"})).json()
        await api.post(f"/users/{user['id']}/posts", json={"title": "Hello"})
        one = await api.get(f"/user-profile/{user['id']}")
        other = await api.get(f"/user-profile-concurrent/{user['id']}")

    assert one.json() == other.json()
    assert (one.json()["user"], one.json()["posts"][0]["title"]) == (user, "Hello")
    assert "user;dur=" in other.headers["Server-Timing"]


async def test_exercise_2_services_are_called_at_once_and_a_fault_costs_only_its_part(
    database: Database, services: str
) -> None:
    names = ("slow-1", "slow-2", "slow-3", "broken", "hangs")
    sources = json.dumps({name: f"{services}/{name}" for name in names})
    limits = {"SOURCE_TIMEOUT": str(2 * PAUSE_S), "HTTP_TIMEOUT": str(2 * PAUSE_S), "HTTP_ATTEMPTS": "1"}
    async with client(database, SOURCES=sources, **limits) as api:
        together, answer = await timed(api, "/external-data/")
        alone = [(await timed(api, f"/external-data/{name}"))[0] for name in names]

    data, errors = answer["data"], answer["errors"]
    assert data == {name: {"path": f"/{name}"} for name in names[:3]}
    assert {name: fault["status"] for name, fault in errors.items()} == {"broken": 500, "hangs": 504}
    assert together < sum(alone)


async def timed(api: httpx2.AsyncClient, path: str) -> tuple[float, Any]:
    """Seconds and the answer."""
    start = time.perf_counter()
    answer = await api.get(path)
    return time.perf_counter() - start, answer.json()


async def test_exercise_3_large_files_are_uploaded_concurrently_and_described(database: Database) -> None:
    contents = [bytes([65 + n]) * 8 * MB for n in range(4)]
    async with client(database) as api:
        sent = await asyncio.gather(*(upload(api, f"{n}.txt", body) for n, body in enumerate(contents)))
        files = [answer.json() for answer in sent]
        received = await asyncio.gather(*(api.get(f"/files/{file['id']}/content") for file in files))
        described = [await processed(api, file["id"]) for file in files]

    assert [answer.status_code for answer in sent] == [201] * 4
    assert [answer.content for answer in received] == contents
    assert [file["size"] for file in described] == [8 * MB] * 4
    assert all(file["findings"] for file in described)


async def test_exercise_3_files_are_checked(database: Database) -> None:
    async with client(database, MAX_UPLOAD_SIZE="1000") as api:
        answers = {
            "too large": await upload(api, "large.txt", b"a" * 1001),
            "not allowed": await upload(api, "program.exe", b"MZ"),
            "not what its name says": await upload(api, "picture.png", b"no picture"),
        }
        kept = (await api.get("/files/")).json()

    statuses = {what: answer.status_code for what, answer in answers.items()}
    assert statuses == {"too large": 413, "not allowed": 415, "not what its name says": 415}
    assert kept == []


async def upload(api: httpx2.AsyncClient, name: str, content: bytes) -> httpx2.Response:
    return await api.post("/files/", files={"file": (name, content)})


async def processed(api: httpx2.AsyncClient, file_id: str) -> dict[str, Any]:
    """The file, once its background job is done."""
    async with asyncio.timeout(30):
        while True:
            file: dict[str, Any] = (await api.get(f"/files/{file_id}")).json()
            if file["status"] == "done":
                return file
            await asyncio.sleep(0.05)
