"""The flagship project as its owner has it: rendered by fastkit and served by uvicorn."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

import httpx2

TEMPLATE = "fastapi-async-crud"
ANSWERS = {
    "--project-name": "async-todo-api",
    "--author": "Developer Kim",
    "--author-email": "developer@example.com",
    "--description": "Asynchronous todo management API",
}

Item = dict[str, Any]


class Missed(Exception):
    """The project did not keep what it promises."""


def require(kept: bool, otherwise: str) -> None:
    if not kept:
        raise Missed(otherwise)


def run(main: Callable[[], None]) -> None:
    """A proof's exit code is 1 with one line on standard error when something is missed."""
    try:
        main()
    except Missed as missed:
        raise SystemExit(f"missed: {missed}") from None


@contextmanager
def new_room() -> Iterator[Path]:
    """A temporary folder for the project, its data and its logs."""
    with TemporaryDirectory(prefix="fastkit-proof-") as folder:
        yield Path(folder)


def render(folder: Path) -> Path:
    answers = [word for answer in ANSWERS.items() for word in answer]
    startdemo = [sys.executable, "-m", "fastkit", "startdemo", TEMPLATE, *answers]
    done = subprocess.run(
        [*startdemo, "--output", str(folder), "--yes", "--no-install", "--no-git"],
        env=_clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    require(done.returncode == 0, done.stderr)
    return folder / ANSWERS["--project-name"]


def write_items(file: Path, count: int) -> Path:
    """A data file of so many items, one a line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    items = [{"id": number, **an_item(f"Item {number}")} for number in range(1, count + 1)]
    lines = ",\n".join(map(json.dumps, items))
    file.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return file


def an_item(name: str) -> Item:
    return {"name": name, "description": "Made by a proof", "price": 12.5, "tax": 2.4}


def read_items(file: Path) -> dict[int, Item]:
    """The items by id, from a file that has to be strict JSON with no id twice."""
    items = json.loads(file.read_bytes(), parse_constant=_no_constant)
    by_id = {item["id"]: item for item in items}
    require(len(by_id) == len(items), f"{file} holds an id twice")
    return by_id


def _no_constant(name: str) -> None:
    raise Missed(f"the file holds {name}, which is not JSON")


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
    data_file: Path,
    *options: str,
    app: str = "src.main:app",
    workers: int = 1,
    **settings: str,
) -> Iterator[Server]:
    """Serve on a free port of 127.0.0.1, with these options of uvicorn and environment variables.

    The listening socket is open before the process starts, so that clients queue until it is up.
    """
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    with listener as listening, NamedTemporaryFile(dir=project.parent, delete=False) as log:
        # uvicorn takes any socket that it is given for a Unix one and leaves this to us: 40 ms an answer
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        process = subprocess.Popen(
            [*_uvicorn(app, listening.fileno(), workers), *options],
            cwd=project,
            env=_clean_environment() | {"DATA_FILE": str(data_file)} | settings,
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


def _clean_environment() -> dict[str, str]:
    """Without settings of the person who runs this, and with byte code kept as usual."""
    unwanted = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "VIRTUAL_ENV", "FASTKIT_TEMPLATES"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}
