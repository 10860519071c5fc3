"""A server with open streams ends at once when it is told to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from httpx2 import Client
from websockets.sync.client import connect

from src.core.project import ROOT

SOON_S = 5


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_open_streams_end_at_the_signal(number: signal.Signals, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    words = [sys.executable, "-m", "uvicorn", "src.main:app", "--port", "0"]
    environment = {**os.environ, "DATABASE_URL": url, "REALTIME_URL": "memory://"}
    log = tmp_path / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(words, cwd=ROOT, env=environment, stderr=output)
    try:
        address = started(server, log)
        with Client() as client, client.stream("GET", f"http://{address}/changes") as events:
            lines = events.iter_lines()
            assert next(lines).startswith("id: ")
            with connect(f"ws://{address}/ws") as socket:
                begin = time.monotonic()
                server.send_signal(number)
                assert [line for line in lines if line] == []
                server.wait(SOON_S)
                assert time.monotonic() - begin < SOON_S
                socket.close()
                assert socket.close_code == 1012
    finally:
        server.kill()
        server.wait()


def started(server: "subprocess.Popen[bytes]", log: Path) -> str:
    for _ in range(600):
        for line in log.read_text().splitlines():
            if "running on http://" in line:
                return line.partition("http://")[2].split()[0]
        time.sleep(0.1)
    raise TimeoutError(log.read_text())
