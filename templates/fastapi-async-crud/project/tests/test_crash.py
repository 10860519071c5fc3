"""A real server process, killed with no warning while it writes."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient, HTTPError

from src.core.config import ROOT

ITEM = {"name": "Cup", "description": None, "price": 1.0, "tax": None}


@contextmanager
def server(data_file: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    # The process gets a socket that is open already. Clients queue there until it is up, so
    # there is no port to guess and nothing to wait for.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        fd = listening.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "src.main:app", "--log-level=error", f"--fd={fd}"],
            cwd=ROOT,
            env=os.environ | {"DATA_FILE": str(data_file)},
            pass_fds=[fd],
        )
    try:
        yield process, url
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(os.name != "posix", reason="hands an open socket to another process")
async def test_what_was_acknowledged_survives_a_kill(data_file: Path) -> None:
    acknowledged: list[dict[str, Any]] = []

    async def create_until_killed(client: AsyncClient) -> None:
        while True:
            try:
                response = await client.post("/items/", json=ITEM)
            except HTTPError:
                return
            acknowledged.append(response.json())
            if len(acknowledged) == 50:
                process.kill()

    with server(data_file) as (process, url):
        async with AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
            await asyncio.gather(*(create_until_killed(client) for _ in range(8)))

    kept = {item["id"]: item for item in json.loads(data_file.read_bytes())}
    assert len(acknowledged) >= 50
    assert all(kept.get(item["id"]) == item for item in acknowledged)
