"""Most tests talk to a real server, since what they are about is time.

Its database is a new SQLite file or, with TEST_DATABASE_URL=postgresql://user:password@host/name,
that one, whose tables are dropped at the end.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from httpx2 import AsyncClient, TransportError, get
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app.database import ASYNC_DRIVERS, ROOT
from app.models import Base


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = os.environ.get("TEST_DATABASE_URL")
    yield url or f"sqlite:///{tmp_path_factory.mktemp('database') / 'test.db'}"
    if url:
        asyncio.run(drop_tables(url))


async def drop_tables(url: str) -> None:
    engine = create_async_engine(make_url(url).set(drivername=ASYNC_DRIVERS["postgresql"]))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
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
