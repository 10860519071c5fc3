"""The project of fastapi-async-sqlalchemy with its files and jobs, and a worker where it has one."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.proofs import flagship
from tests.proofs.flagship import Server, clean_environment
from tests.proofs.proof import require

REDIS_SERVER = shutil.which("redis-server")


@dataclass(frozen=True)
class Installation:
    """A project with its database and its folder, and the Redis of its workers if there is one."""

    project: Path
    data: Path
    redis_url: str = ""
    sources: str = "{}"
    takeover_after_s: float = 2

    def settings(self) -> dict[str, str]:
        queue = {"QUEUE_URL": self.redis_url, "CACHE_URL": self.redis_url} if self.redis_url else {}
        return {
            "DATABASE_URL": f"sqlite:///{self.data / 'app.db'}",
            "UPLOAD_FOLDER": str(self.data / "uploads"),
            "SOURCES": self.sources,
            "SOURCE_TIMEOUT": "60",
            "HTTP_TIMEOUT": "60",
            "JOB_TAKEOVER_AFTER": str(self.takeover_after_s),
            **queue,
        }

    def serve(self) -> AbstractContextManager[Server]:
        self.data.mkdir(parents=True, exist_ok=True)
        return flagship.serve(self.project, None, app="src.main:app", workers=1, **self.settings())

    @contextmanager
    def worker(self) -> Iterator["Worker"]:
        command = [sys.executable, "-m", "taskiq", "worker", "--no-configure-logging", "--workers=1"]
        with (self.data / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "src.worker:broker"],
                cwd=self.project,
                env=clean_environment() | self.settings(),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        worker = Worker(process)
        try:
            yield worker
        finally:
            worker.kill()


@dataclass(frozen=True)
class Worker:
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """With all of its processes, at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=30)


@contextmanager
def new_redis() -> Iterator[str]:
    """A Redis of its own on a free port, whose keys are gone with it."""
    assert REDIS_SERVER
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    options = ["--port", str(port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
    process = subprocess.Popen([REDIS_SERVER, *options], stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: _listens(port), "Redis does not start")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition: Callable[[], bool], otherwise: str, seconds: float = 60) -> None:
    latest = time.monotonic() + seconds
    while not condition():
        require(time.monotonic() < latest, otherwise)
        time.sleep(0.02)


def job(client: httpx2.Client, url: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(url).json()
    return found


def done(client: httpx2.Client, url: str) -> dict[str, Any]:
    """The job, when it is done."""
    wait_for(lambda: job(client, url)["state"] == "done", "a job is lost")
    return job(client, url)
