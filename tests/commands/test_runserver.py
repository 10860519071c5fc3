"""`fastkit runserver` with a real project, a real uvicorn and real requests."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from fastkit.commands.runserver import hand_over
from fastkit.serving.server import Server
from tests.support.command_line import FASTKIT, clean_environment, fastkit
from tests.support.demo import WORDS
from tests.support.folders import write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

PATIENCE = 20.0
"""Seconds within which a server does what it is asked."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as startdemo makes it, without an environment."""
    cwd = tmp_path_factory.mktemp("made")
    words = (*WORDS, "--package-manager", "poetry", "--no-install", "--no-git", "--yes")
    assert fastkit("startdemo", "fastapi-async-crud", *words, cwd=cwd).code == 0
    return cwd / "shop"


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """A project of its own whose environment is that of the tests, which has uvicorn."""
    shutil.copytree(made, tmp_path / "shop")
    (tmp_path / "shop/.venv").symlink_to(sys.prefix)
    return tmp_path / "shop"


@dataclass
class Running:
    """A server that runs, and where its output goes."""

    process: "subprocess.Popen[bytes]"
    url: str
    log: Path

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def get(self, path: str, body: object = None) -> int:
        """The status of one request; 0 while nobody answers."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def family(self) -> list[str]:
        """All processes of the server that still run."""
        words = ["ps", "-o", "pid=,stat=,args=", "--sid", str(self.process.pid)]
        listed = subprocess.run(words, capture_output=True, text=True, check=False).stdout.splitlines()
        return [line for line in listed if line.split()[1][0] != "Z"]


@contextmanager
def serving(
    cwd: Path, *words: str, port: int | None = None, env: dict[str, str] | None = None
) -> Iterator[Running]:
    """`fastkit runserver` on a free port, once it answers; all of its processes end with the block."""
    port = port or free_port()
    log = cwd / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*FASTKIT, "runserver", "--port", str(port), *words],
            cwd=cwd,
            env=clean_environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Running(process, f"http://127.0.0.1:{port}", log)
    try:
        wait_until(lambda: server.get("/health") == 200, server)
        yield server
    finally:
        if server.family():
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(happened: Callable[[], bool], server: Running) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, server.said
        time.sleep(0.02)


def test_it_serves_from_a_subfolder_and_begins_with_the_tutorials_line(project: Path) -> None:
    with serving(project / "src/api", "--no-reload") as server:
        assert server.get("/items/") == 200
        assert server.get("/docs") == 200
        port = server.url.rpartition(":")[2]
        assert server.said.splitlines()[0] == f"Starting FastAPI server at 127.0.0.1:{port}..."
        assert "reloader" not in server.said


def test_a_changed_source_file_reloads_and_a_written_database_does_not(project: Path) -> None:
    with serving(project) as server:
        assert re.search(r"Started reloader process \[\d+\] using WatchFiles", server.said)
        assert server.get("/items/", {"name": "Cup", "price": 1.5}) == 201
        assert "Cup" in (project / "data/items.json").read_text()
        assert server.get("/added") == 404
        source = project / "src/main.py"
        source.write_text(
            f'{source.read_text()}\n\n@app.get("/added")\nasync def added() -> str:\n    return ""\n'
        )
        wait_until(lambda: server.get("/added") == 200, server)
        changes = re.findall(r"WatchFiles detected changes in (.*)\. Reloading", server.said)
        assert changes == ["'src/main.py'"]
        assert "note: " not in server.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "termination"])
@pytest.mark.parametrize(
    "words", [(), ("--no-reload",), ("--workers", "2")], ids=["reload", "one", "workers"]
)
def test_a_signal_ends_all_processes(words: tuple[str, ...], number: signal.Signals, project: Path) -> None:
    with serving(project, *words) as server:
        assert len(server.family()) >= (1 if words == ("--no-reload",) else 2)
        server.process.send_signal(number)
        wait_until(lambda: server.process.poll() is not None and not server.family(), server)
        assert "Traceback" not in server.said


@pytest.mark.slow
def test_a_request_under_way_delays_the_end_for_a_stated_time(project: Path) -> None:
    with serving(project, "--no-reload") as server, socket.create_connection(server.address) as slow:
        slow.sendall(b"POST /items/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: server.process.poll() is not None, server)
        assert 7 < time.monotonic() - begin < 15


def test_workers_serve_without_reload_and_say_so(project: Path) -> None:
    with serving(project, "--workers", "2") as server:
        wait_until(lambda: server.said.count("Started server process") == 2, server)
        assert "note: 2 workers serve, so a changed source file does not reload" in server.said
        assert "reloader" not in server.said


def test_workers_and_reload_exclude_each_other(project: Path) -> None:
    run = fastkit("runserver", "--workers", "2", "--reload", cwd=project)
    assert (run.code, run.out) == (2, "")
    assert run.error_lines == [
        "error: `--workers` and `--reload` cannot be combined",
        "hint: leave one of them out",
    ]


def test_a_port_that_is_taken_is_two_lines_with_a_free_one(project: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = fastkit("runserver", "--port", str(port), cwd=project)
    assert (run.code, run.out) == (1, "")
    assert run.error_lines[0] == f"error: port {port} of 127.0.0.1 is in use"
    assert re.fullmatch(
        r"hint: stop the server that uses it, or run `fastkit runserver --port \d+`", run.error_lines[1]
    )


def test_a_port_whose_last_server_has_just_gone_is_free(project: Path) -> None:
    port = free_port()
    for _ in range(2):
        with serving(project, "--no-reload", port=port) as server:
            assert server.get("/items/") == 200
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(PATIENCE)


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1", "not a host", ""])
def test_a_host_that_is_not_ours_is_two_lines(host: str, project: Path) -> None:
    run = fastkit("runserver", "--host", host, "--port", str(free_port()), cwd=project)
    assert (run.code, run.out, len(run.error_lines)) == (1, "", 2)
    assert run.error_lines[0].startswith(f"error: cannot listen on `{host}`")


ECHO = {
    "pyproject.toml": "",
    "main.py": "",
    ".venv/lib/python3.11/site-packages/uvicorn/__main__.py": "",
    ".venv/bin/python": '#!/bin/sh\necho "$*"\n',
}
"""A project whose interpreter says what it is called with."""


def echoing(folder: Path, **changes: str) -> Path:
    write(folder, {**ECHO, **changes}).joinpath(".venv/bin/python").chmod(0o755)
    return folder


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_an_address_of_ipv6_may_stand_in_brackets(host: str, tmp_path: Path) -> None:
    port = free_port()
    run = fastkit("runserver", "--host", host, "--port", str(port), cwd=echoing(tmp_path))
    assert run.code == 0, run
    assert run.out.startswith(f"Starting FastAPI server at [::1]:{port}...\n")
    assert f"-m uvicorn main:app --host ::1 --port {port} --reload" in run.out


@pytest.mark.parametrize("words", [(), ("--workers", "2"), ("--reload",)])
def test_an_address_with_a_zone_takes_one_process(words: tuple[str, ...], tmp_path: Path) -> None:
    run = fastkit("runserver", "--host", "fe80::1%lo", *words, cwd=echoing(tmp_path))
    assert (run.code, len(run.error_lines)) == (2, 2)
    assert run.error_lines[1] == "hint: pass `--no-reload`, and no `--workers`"


@pytest.mark.parametrize("host", ["", "[", "[::1", "a b", "-x", "::1%nowhere", "tést", "1.2.3.4.5", b"\xff"])
def test_a_host_that_nobody_can_have_is_two_lines(host: str | bytes, tmp_path: Path) -> None:
    word = os.fsencode(f"--host={host}") if isinstance(host, str) else b"--host=" + host
    run = fastkit("runserver", "--no-reload", word, cwd=echoing(tmp_path))
    assert (run.code, len(run.error_lines)) == (1, 2), run
    assert run.error_lines[0].startswith("error: cannot listen on `")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x", "1e3", "", "9" * 5000])
def test_a_port_that_nobody_can_have_is_two_lines(port: str, tmp_path: Path) -> None:
    run = fastkit("runserver", f"--port={port}", cwd=echoing(tmp_path))
    assert (run.code, len(run.error_lines)) == (2, 2)
    assert run.error_lines[0].startswith("error: invalid value for '--port'")


@pytest.mark.parametrize("python", ["garbage\n", "#!/nowhere/python\n", ""])
def test_an_interpreter_that_cannot_be_started_is_two_lines(python: str, tmp_path: Path) -> None:
    project = echoing(tmp_path, **{".venv/bin/python": python, "uv.lock": ""})
    if not python:
        (project / ".venv/bin/python").chmod(0o600)
    run = fastkit("runserver", "--port", str(free_port()), cwd=project)
    assert (run.code, len(run.error_lines)) == (1, 2)
    assert run.error_lines[0].startswith(f"error: `{project}/.venv/bin/python` cannot be started: ")
    assert run.error_lines[1] == (
        f"hint: remove the environment that it is in, and run `uv sync` in `{project}`"
    )


@pytest.mark.parametrize("name", ["--help", "a\\u0000b:app", "a\\nb"])
def test_an_entrypoint_that_is_none_is_two_lines(name: str, tmp_path: Path) -> None:
    project = echoing(tmp_path, **{"pyproject.toml": f'[tool.fastapi]\nentrypoint = "{name}"\n'})
    run = fastkit("runserver", "--port", str(free_port()), cwd=project)
    assert (run.code, len(run.error_lines)) == (1, 2)
    assert "cannot be the entrypoint of an application" in run.error_lines[0]


def test_outside_of_a_project_is_two_lines(tmp_path: Path) -> None:
    run = fastkit("runserver", cwd=tmp_path)
    assert (run.code, run.out) == (1, "")
    assert run.error_lines == [
        f"error: there is no FastAPI project in `{tmp_path}` or above it",
        "hint: go to a project's folder, or make one with `fastkit startdemo`",
    ]


def test_a_project_that_is_not_installed_names_the_steps(made: Path) -> None:
    run = fastkit("runserver", cwd=made / "src")
    assert (run.code, run.out) == (1, "")
    assert run.error_lines == [
        f"error: the environment of `{made}` is not installed",
        "hint: run `poetry install` in that folder",
    ]


def test_an_active_environment_serves_a_project_without_one(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "shop")
    with serving(tmp_path / "shop", "--no-reload", env={"VIRTUAL_ENV": sys.prefix}) as server:
        assert server.get("/items/") == 200


def test_an_environment_without_uvicorn_is_not_installed(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "shop")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "shop/.venv"], check=True)
    run = fastkit("runserver", cwd=tmp_path / "shop")
    assert (run.code, run.out) == (1, "")
    assert run.error_lines[0].endswith("is not installed")


def test_a_pyproject_that_cannot_be_read_is_two_lines(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[project\n", "main.py": ""})
    run = fastkit("runserver", cwd=tmp_path)
    assert (run.code, run.out, len(run.error_lines)) == (1, "", 2)
    assert run.error_lines[0].startswith(f"error: cannot read `{tmp_path}/pyproject.toml`")


def test_uvicorn_runs_in_the_project_and_waits_as_long_as_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(program: str, words: list[str]) -> None:
        ran.append((Path.cwd(), os.environ[grace], program, words))

    ran: list[tuple[Path, str, str, list[str]]] = []
    grace, words = "UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN", ["python", "-m", "uvicorn"]
    monkeypatch.setattr(os, "execv", run)
    monkeypatch.chdir(tmp_path)
    shop = write(tmp_path, {"shop/": ""}) / "shop"
    monkeypatch.delenv(grace, raising=False)
    hand_over(Server(shop, "src.main:app", Path("python")), words)
    monkeypatch.setenv(grace, "3")
    hand_over(Server(shop, "src.main:app", Path("python")), words)
    assert ran == [(shop, "8", "python", words), (shop, "3", "python", words)]


def test_on_windows_the_status_is_that_of_uvicorn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    server, words = Server(tmp_path, "src.main:app", Path("python")), ["python", "-m", "uvicorn"]
    monkeypatch.setattr(os, "execv", lambda program, words: None)
    monkeypatch.setattr(subprocess, "call", lambda words: 3)
    with monkeypatch.context() as there:
        there.setattr(os, "name", "nt")
        with pytest.raises(typer.Exit) as ended:
            hand_over(server, words)
    assert ended.value.exit_code == 3
