"""Where a project, its environment and its application are, and whether a port is free.

Modules that only a server needs are imported where they are used, since `startdemo` imports this one.
"""

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastkit.computing.documents import found_at, parse_toml
from fastkit.errors import ServerError
from fastkit.machine.ownership import why_not_ours
from fastkit.package_managers import PACKAGE_MANAGERS

USUAL_HOST = "127.0.0.1"

USUAL_ENTRYPOINTS = ("src.main:app", "app.main:app", "main:app")


@dataclass(frozen=True)
class Server:
    """One application that can be served.

    Attributes:
        project: the folder that holds its pyproject.toml.
        entrypoint: its ASGI application, as `module:attribute`.
        python: the interpreter of its environment.
    """

    project: Path
    entrypoint: str
    python: Path

    @property
    def source(self) -> Path:
        """The folder with the files that restart the server when they change."""
        parts = self.entrypoint.partition(":")[0].split(".")
        return self.project / parts[0] if len(parts) > 1 else self.project


def find_server(start: Path) -> Server:
    """The server of the project that `start` is in.

    Raises:
        ServerError: there is no project, or others can change it; or it has no environment with uvicorn.
    """
    project = find_project(start)
    check_ours(project, start)
    application = entrypoint(project)
    if application is None:
        raise ServerError(
            f"no application was found in `{project}`",
            'name it in pyproject.toml: [tool.fastapi] entrypoint = "src.main:app"',
        )
    if application.startswith("-") or not application.isprintable():
        raise ServerError(
            f"`{application}` cannot be the entrypoint of an application",
            'write it like entrypoint = "src.main:app" in pyproject.toml',
        )
    return Server(project, application, find_python(project))


def find_project(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / "pyproject.toml").is_file() and entrypoint(folder):
            return folder
    raise ServerError(
        f"there is no FastAPI project in `{start}` or above it",
        "go to a project's folder, or make one with `fastkit startdemo`",
    )


def check_ours(project: Path, start: Path) -> None:
    """
    Raises:
        ServerError: others can change what would run.
    """
    environments = own_environments(project)
    used = (project / "pyproject.toml", *environments, *map(python_of, environments))
    if problem := why_not_ours(project, start, used):
        itself = f", or into `{project}` itself if you trust whoever writes there" if project != start else ""
        raise ServerError(
            f"the project in `{project}` is not served: {problem}", f"go into a project of your own{itself}"
        )


def entrypoint(project: Path) -> str | None:
    """`[tool.fastapi] entrypoint` of pyproject.toml, FastAPI's own setting, or one of the usual places."""
    named = found_at(settings(project), "tool", "fastapi", "entrypoint")
    if isinstance(named, str):
        return named
    for usual in USUAL_ENTRYPOINTS:
        if (project / module_file(usual)).is_file():
            return usual
    return None


def module_file(application: str) -> str:
    """`src.main:app` is in `src/main.py`."""
    return application.partition(":")[0].replace(".", "/") + ".py"


def settings(project: Path) -> dict[str, Any]:
    file = project / "pyproject.toml"
    try:
        return parse_toml(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ServerError(f"cannot read `{file}`: {error}", "fix the file") from error


def find_python(project: Path) -> Path:
    """The interpreter of the project's own environment, or of the active one.

    Raises:
        ServerError: neither has uvicorn installed.
    """
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    for environment in (*own_environments(project), *([Path(active)] if active else [])):
        if has_uvicorn(environment):
            return python_of(environment)
    steps = " and then ".join(f"`{step}`" for step in install_steps(project))
    raise ServerError(f"the environment of `{project}` is not installed", f"run {steps} in that folder")


def not_startable(server: Server, error: OSError) -> ServerError:
    steps = " and then ".join(f"`{step}`" for step in install_steps(server.project))
    return ServerError(
        f"`{server.python}` cannot be started: {error.strerror}",
        f"remove the environment that it is in, and run {steps} in `{server.project}`",
    )


def own_environments(project: Path) -> tuple[Path, ...]:
    return project / ".venv", project / "venv"


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def has_uvicorn(environment: Path) -> bool:
    packages = ("lib*/python*/site-packages", "Lib/site-packages")
    installed = any(any(environment.glob(f"{place}/uvicorn/__main__.py")) for place in packages)
    return installed and python_of(environment).exists()


def install_steps(project: Path) -> list[str]:
    """How to install the project with the package manager whose files it has."""
    for manager in PACKAGE_MANAGERS.values():
        if manager.lockfile and (project / manager.lockfile).exists():
            return [manager.typed(step) for step in manager.steps]
    fallback = PACKAGE_MANAGERS["poetry" if (project / "poetry.toml").exists() else "uv"]
    return [fallback.typed(step) for step in fallback.steps]


def check_port(host: str, port: int) -> None:
    """
    Raises:
        ServerError: the port is in use, or the host is not this machine.
    """
    import socket

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except UnicodeError as error:
        raise port_error(OSError("not a host name"), host, port) from error
    except OSError as error:
        raise port_error(error, host, port) from error


def port_error(error: OSError, host: str, port: int) -> ServerError:
    if error.errno == errno.EADDRINUSE:
        at = "" if host == USUAL_HOST else f"--host {host} "
        return ServerError(
            f"port {port} of {host} is in use",
            f"stop the server that uses it, or run `fastkit runserver {at}--port {free_port(host)}`",
        )
    if error.errno == errno.EACCES:
        return ServerError(f"you are not allowed to use port {port}", "use a port above 1023")
    return ServerError(
        f"cannot listen on `{host}`: {error.strerror or error}",
        "use 127.0.0.1, or 0.0.0.0 for all addresses",
    )


def free_port(host: str) -> int:
    import socket

    family, kind, protocol, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.bind(address)
        return int(probe.getsockname()[1])
