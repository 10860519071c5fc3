"""Most tests talk to a real server, since what they are about is time.

Its database is a new SQLite file or, with
TEST_DATABASE_URL=postgresql://user:password@localhost/postgres, a new database on that server,
which is removed at the end.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from httpx2 import AsyncClient, TransportError, get
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app.database import ASYNC_DRIVERS, ROOT

SERVER_URL = os.environ.get("TEST_DATABASE_URL", "")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
async def database_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    if not SERVER_URL:
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'test.db'}"
        return
    name = f"test_{token_hex(8)}"
    await execute(f"CREATE DATABASE {name}")
    yield make_url(SERVER_URL).set(database=name).render_as_string(hide_password=False)
    await execute(f"DROP DATABASE {name} WITH (FORCE)")


async def execute(statement: str) -> None:
    url = make_url(SERVER_URL).set(drivername=ASYNC_DRIVERS["postgresql"])
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.exec_driver_sql(statement)
    await engine.dispose()


@pytest.fixture(scope="session")
def log_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "server.log"


@pytest.fixture(scope="session")
def server(database_url: str, log_file: Path) -> Iterator[str]:
    """The address of `uvicorn app.main:app`."""
    port = str(free_port())
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", port]
    env = {**os.environ, "DATABASE_URL": database_url}
    with log_file.open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, process, log_file)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def wait_for(url: str, process: subprocess.Popen[bytes], log_file: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log_file.read_text()
        try:
            get(f"{url}/health", trust_env=False).raise_for_status()
        except TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(log_file.read_text())


@pytest.fixture(scope="session")
async def client(server: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=server, timeout=60, trust_env=False) as client:
        yield client
