"""A real server process, killed with no warning while it writes."""

import asyncio
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from httpx2 import AsyncClient, HTTPError

from src.main import create_app
from tests.conftest import settings

ITEM = {"name": "Cup", "description": None, "price": 1.0, "tax": None}


def serve(listening: socket.socket, data_file: Path) -> None:
    app = create_app(settings(DATA_FILE=data_file))
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])


@contextmanager
def server(data_file: Path) -> Iterator[tuple[BaseProcess, str]]:
    # The process gets a socket that is open already. Clients queue there until it is up, so
    # there is no port to guess and nothing to wait for. As a fork of this process it has all
    # modules at hand: a new Python would take longer to import them than the test takes.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        process = get_context("fork").Process(target=serve, args=(listening, data_file))
        process.start()
    try:
        yield process, url
    finally:
        process.kill()
        process.join()


async def write_until_killed(process: BaseProcess, url: str) -> list[dict[str, Any]]:
    """The items that were acknowledged."""
    acknowledged: list[dict[str, Any]] = []

    async def create(client: AsyncClient) -> None:
        while True:
            try:
                response = await client.post("/items/", json=ITEM)
            except HTTPError:
                return
            acknowledged.append(response.json())
            if len(acknowledged) == 50:
                process.kill()

    async with AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
        await asyncio.gather(*(create(client) for _ in range(8)))
    return acknowledged


# Not `async`: a process should not be forked inside of a running event loop.
@pytest.mark.skipif(os.name != "posix", reason="Windows has no fork")
def test_what_was_acknowledged_survives_a_kill(data_file: Path) -> None:
    with server(data_file) as (process, url):
        acknowledged = asyncio.run(write_until_killed(process, url))

    kept = {item["id"]: item for item in json.loads(data_file.read_bytes())}
    assert len(acknowledged) >= 50
    assert all(kept.get(item["id"]) == item for item in acknowledged)
