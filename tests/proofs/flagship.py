"""The flagship project as its owner has it: rendered by fastkit and served by uvicorn."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import httpx2

from tests.proofs.proof import require

TEMPLATE = "fastapi-async-crud"
ANSWERS = {
    "--project-name": "async-todo-api",
    "--author": "Developer Kim",
    "--author-email": "developer@example.com",
    "--description": "Asynchronous todo management API",
}


def render(folder: Path, template: str = TEMPLATE) -> Path:
    answers = [word for answer in ANSWERS.items() for word in answer]
    startdemo = [sys.executable, "-m", "fastkit", "startdemo", template, *answers]
    done = subprocess.run(
        [*startdemo, "--output", str(folder), "--yes", "--no-install", "--no-git"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    require(done.returncode == 0, done.stderr)
    return folder / ANSWERS["--project-name"]


@dataclass(frozen=True)
class Server:
    """A running server, all of its processes in one group."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def client(self, **options: Any) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, timeout=60, trust_env=False, **options)

    def async_client(self, connections: int = 100) -> httpx2.AsyncClient:
        limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
        return httpx2.AsyncClient(base_url=self.url, timeout=60, trust_env=False, limits=limits)

    def kill(self) -> None:
        """Kill all processes at once and return when none of them is left."""
        self._send(signal.SIGKILL)
        self._wait()

    def stop(self) -> None:
        """End as Ctrl-C would, or by force after 10 s."""
        self._send(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._send(signal.SIGKILL)
        self._wait()

    def _send(self, number: signal.Signals) -> None:
        if self.process.returncode is None:
            os.killpg(self.process.pid, number)

    def _wait(self) -> None:
        # Each process holds the other end of this pipe, the workers too: it ends with the last one.
        assert self.process.stdout
        if not self.process.stdout.closed:
            self.process.communicate(timeout=30)


@contextmanager
def serve(
    project: Path,
    data_file: Path | None,
    *options: str,
    app: str = "src.main:app",
    workers: int = 1,
    **settings: str,
) -> Iterator[Server]:
    """Serve on a free port of 127.0.0.1, with these options of uvicorn and environment variables.

    The listening socket is open before the process starts, so that clients queue until it is up.
    """
    data = {"DATA_FILE": str(data_file)} if data_file else {}
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    with listener as listening, NamedTemporaryFile(dir=project.parent, delete=False) as log:
        # uvicorn takes any socket that it is given for a Unix one and leaves this to us: 40 ms an answer
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        process = subprocess.Popen(
            [*_uvicorn(app, listening.fileno(), workers), *options],
            cwd=project,
            env=clean_environment() | data | settings,
            pass_fds=[listening.fileno()],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    server = Server(process, url, Path(log.name))
    try:
        yield server
    finally:
        server.stop()


def _uvicorn(app: str, listening: int, workers: int) -> Sequence[str]:
    several = [f"--workers={workers}"] if workers > 1 else []
    quiet = ["--no-access-log", "--log-level=error"]
    return [sys.executable, "-m", "uvicorn", app, f"--fd={listening}", *quiet, *several]


def clean_environment() -> dict[str, str]:
    """Without settings of the person who runs this, and with byte code kept as usual."""
    unwanted = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "VIRTUAL_ENV", "FASTKIT_TEMPLATES"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}
