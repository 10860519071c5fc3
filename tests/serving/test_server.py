"""Where a project, its environment and its application are, and whether a port is free."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fastkit.errors import ServerError
from fastkit.serving.server import (
    Server,
    check_port,
    entrypoint,
    find_project,
    find_python,
    find_server,
    free_port,
)
from tests.support.folders import write

PYTHON = "Scripts/python.exe" if os.name == "nt" else "bin/python"

APP = {"pyproject.toml": "", "src/main.py": "app = None\n"}

UVICORN = {PYTHON: "", "lib/python3.11/site-packages/uvicorn/__main__.py": ""}


def environment(folder: str) -> dict[str, str]:
    return {f"{folder}/{path}": text for path, text in UVICORN.items()}


# The project.


def test_a_project_is_found_from_anywhere_inside(tmp_path: Path) -> None:
    write(tmp_path, {**APP, **environment(".venv"), "src/api/routes/items.py": ""})
    wanted = Server(tmp_path, "src.main:app", tmp_path / ".venv" / PYTHON)
    for start in (tmp_path, tmp_path / "src", tmp_path / "src/api/routes"):
        assert find_server(start) == wanted


def test_the_nearest_project_wins(tmp_path: Path) -> None:
    write(tmp_path, {**APP, "apps/shop/pyproject.toml": "", "apps/shop/main.py": ""})
    assert find_project(tmp_path / "apps/shop") == tmp_path / "apps/shop"
    assert find_project(tmp_path / "apps") == tmp_path


def test_a_pyproject_without_an_application_is_passed_by(tmp_path: Path) -> None:
    write(tmp_path, {**APP, "packages/library/pyproject.toml": "[project]\nname = 'x'\n"})
    assert find_project(tmp_path / "packages/library") == tmp_path


@pytest.mark.parametrize(
    "files", [{}, {"main.py": ""}, {"pyproject.toml": ""}, {"pyproject.toml/x": "", "main.py": ""}]
)
def test_what_is_no_project_is_named(files: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / "here", {"sub/": "", **files})
    with pytest.raises(ServerError) as error:
        find_project(tmp_path / "here/sub")
    assert error.value.message == f"there is no FastAPI project in `{tmp_path}/here/sub` or above it"
    assert "fastkit startdemo" in error.value.hint


# The application.


@pytest.mark.parametrize(
    ("files", "application"),
    [
        ({"src/main.py": ""}, "src.main:app"),
        ({"app/main.py": ""}, "app.main:app"),
        ({"main.py": ""}, "main:app"),
        ({"main.py": "", "app/main.py": "", "src/main.py": ""}, "src.main:app"),
        ({"src/main.py/": ""}, None),
        ({"server.py": ""}, None),
    ],
)
def test_an_application_is_in_one_of_the_usual_places(
    files: dict[str, str], application: str | None, tmp_path: Path
) -> None:
    assert entrypoint(write(tmp_path, files)) == application


def test_an_application_that_is_named_wins(tmp_path: Path) -> None:
    named = '[tool.fastapi]\nentrypoint = "shop.web:create"\n'
    project = write(tmp_path, {"pyproject.toml": named, "src/main.py": ""})
    assert entrypoint(project) == "shop.web:create"


@pytest.mark.parametrize("text", ["[project", "a = 1\na = 2\n", b"\xff", f"a = {'[' * 3000}{']' * 3000}"])
def test_a_pyproject_that_cannot_be_read_is_named(text: str | bytes, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": text, "main.py": ""})
    with pytest.raises(ServerError) as error:
        find_server(tmp_path)
    assert error.value.message.startswith(f"cannot read `{tmp_path}/pyproject.toml`: ")
    assert len(error.value.message.splitlines()) == 1


@pytest.mark.parametrize("text", ['[tool]\nfastapi = "main:app"\n', "[[tool.fastapi]]\n"])
def test_odd_settings_are_not_a_traceback(text: str, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": text, "main.py": ""})
    assert entrypoint(tmp_path) == "main:app"


@pytest.mark.parametrize(
    ("application", "source"), [("src.main:app", "src"), ("shop.web.main:app", "shop"), ("main:app", ".")]
)
def test_the_folder_of_the_application_is_watched(application: str, source: str) -> None:
    assert Server(Path("/p"), application, Path()).source == Path("/p") / source


# The environment.


def test_the_projects_own_environment_wins_over_the_active_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {**environment("shop/.venv"), **environment("active")})
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert find_python(tmp_path / "shop") == tmp_path / "shop/.venv" / PYTHON


@pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_the_active_environment_serves_a_project_without_one(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"shop/.venv/x": "", **environment("active")})
    monkeypatch.setenv(variable, str(tmp_path / "active"))
    assert find_python(tmp_path / "shop") == tmp_path / "active" / PYTHON


def test_an_environment_may_be_called_venv_or_lie_in_lib64(tmp_path: Path) -> None:
    write(tmp_path, {f"venv/{PYTHON}": "", "venv/lib64/python3.14/site-packages/uvicorn/__main__.py": ""})
    assert find_python(tmp_path) == tmp_path / "venv" / PYTHON


BROKEN: dict[str, dict[str, str]] = {
    "none": {},
    "half made": {f".venv/{PYTHON}": ""},
    "without python": {".venv/lib/python3.11/site-packages/uvicorn/__main__.py": ""},
    "with a python that is gone": {
        ".venv/lib/python3.11/site-packages/uvicorn/__main__.py": "",
        f".venv/{PYTHON}": "-> /nowhere/python",
    },
}


@pytest.mark.parametrize("kind", BROKEN)
def test_an_environment_that_cannot_serve_is_told_how_to_be_made(kind: str, tmp_path: Path) -> None:
    write(tmp_path, {**APP, **BROKEN[kind]})
    with pytest.raises(ServerError) as error:
        find_server(tmp_path)
    assert error.value.message == f"the environment of `{tmp_path}` is not installed"
    assert error.value.hint == "run `uv sync` in that folder"


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("uv.lock", "`uv sync`"),
        ("pdm.lock", "`pdm install`"),
        ("poetry.lock", "`poetry install`"),
        ("poetry.toml", "`poetry install`"),
    ],
)
def test_the_project_is_to_be_installed_by_the_manager_whose_files_it_has(
    file: str, command: str, tmp_path: Path
) -> None:
    write(tmp_path, {**APP, file: ""})
    with pytest.raises(ServerError) as error:
        find_server(tmp_path)
    assert command in error.value.hint


# The port.


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of this machine that somebody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_free_port_passes() -> None:
    port = free_port("127.0.0.1")
    check_port("127.0.0.1", port)
    check_port("localhost", port)
    check_port("0.0.0.0", port)  # noqa: S104 - all addresses, as a person may well ask for


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_a_port_in_use_is_refused_with_another_that_is_free(host: str, taken: int) -> None:
    with pytest.raises(ServerError) as error:
        check_port(host, taken)
    assert error.value.message == f"port {taken} of {host} is in use"
    other = int(error.value.hint.rpartition("--port ")[2].rstrip("`"))
    assert other != taken
    check_port(host, other)
    assert ("--host" in error.value.hint) is (host != "127.0.0.1")


def test_a_port_that_was_just_left_is_free(taken: int) -> None:
    """Connections that are still closing do not hold it."""
    port = free_port("127.0.0.1")
    address = ("127.0.0.1", port)
    with socket.create_server(address) as server, socket.create_connection(address), server.accept()[0]:
        pass
    check_port("127.0.0.1", port)
    assert port != taken


@pytest.fixture
def taken_by_ipv6() -> Iterator[int]:
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    with server:
        yield server.getsockname()[1]


def test_a_port_in_use_of_ipv6_is_refused_with_another_that_is_free(taken_by_ipv6: int) -> None:
    with pytest.raises(ServerError, match="is in use"):
        check_port("::1", taken_by_ipv6)


@pytest.mark.parametrize("host", ["203.0.113.7"])
def test_a_host_that_is_not_of_this_machine_is_refused(host: str) -> None:
    with pytest.raises(ServerError) as error:
        check_port(host, 8000)
    assert error.value.message.startswith(f"cannot listen on `{host}`: ")
    assert error.value.hint == "use 127.0.0.1, or 0.0.0.0 for all addresses"


@pytest.mark.parametrize("host", ["a..b", "x" * 64])
def test_a_host_that_is_no_name_is_refused(host: str) -> None:
    with pytest.raises(ServerError, match="cannot listen on"):
        check_port(host, 8000)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may take any port")
def test_a_port_that_needs_rights_is_refused() -> None:
    with pytest.raises(ServerError, match="not allowed to use port"):
        check_port("127.0.0.1", 1)
