"""Make the projects of a release that later releases have to update: `python -m tests.releases.make`.

Run it once for each release, at its commit and in its development environment, and commit what it
writes. The archives in `0.1.0` were made at 2257952. Their owners work as the README of their project
says: they serve it and send requests, so the data is what its application and its migrations wrote.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from fastkit import __version__
from tests.proofs import flagship
from tests.releases import owners
from tests.releases.archive import BASELINE, Left, commit, git, read_tar, write_archive
from tests.releases.owners import Changes, edit
from tests.support.command_line import fastkit

FOLDER = Path(__file__).parent

CACHES = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"}

CHECKS = ("ruff check", "ruff format --check", "mypy", "pytest -q")

SETTINGS = {"SOURCES": '{"closed": "http://127.0.0.1:9"}', "JOB_ATTEMPTS": "1"}
"""A source that does not answer, so that one of the jobs fails."""

EVERY_FEATURE = (
    *("docker", "kubernetes", "github-actions", "pre-commit"),
    *("devcontainer", "agents", "makefile", "justfile"),
)


@dataclass(frozen=True)
class Owned:
    """A project to make, and what its owner does with it."""

    name: str
    template: str
    manager: str
    features: tuple[str, ...]
    live: Callable[[Path], None]


def main() -> None:
    for owned in PROJECTS:
        archive = FOLDER / __version__ / f"{owned.name}.tar.xz"
        with tempfile.TemporaryDirectory() as room:
            write_archive(archive, make(owned, Path(room)))
        print(f"{archive.name}: {archive.stat().st_size:,} bytes")


def make(owned: Owned, room: Path) -> Left:
    start(owned, room)
    project = room / "shop"
    git(project, "init", "--quiet")
    commit(project, "Start the project")
    rendered = tracked(project)
    owned.live(project)
    for check in CHECKS:
        run(project, check)
    commit(project, "Change what the shop needs")
    committed = tracked(project)
    made = read_tar(rendered[BASELINE])
    assert made.keys() | {BASELINE, ".fastkit/project.yml"} == rendered.keys()
    assert all(rendered[path] == data for path, data in made.items())
    return Left(
        rendered={path: data for path, data in rendered.items() if path not in made},
        owner={path: data for path, data in committed.items() if rendered.get(path) != data},
        removed={path: b"" for path in rendered if path not in committed},
        ignored=listed(project, "--others", "--ignored", "--exclude-standard"),
    )


def start(owned: Owned, room: Path) -> None:
    features = [word for name in owned.features for word in ("--with", name)]
    done = fastkit(
        *("startdemo", owned.template, "--project-name", "shop", "--package-manager", owned.manager),
        *("--author", "Ada Example", "--author-email", "ada@example.com"),
        *("--description", "What a small shop sells", "--yes", "--no-install", "--no-git", *features),
        cwd=room,
    )
    if done.code:
        sys.exit(done.err)


def tracked(project: Path) -> dict[str, bytes]:
    return listed(project, "--cached")


def listed(project: Path, *words: str) -> dict[str, bytes]:
    paths = git(project, "ls-files", *words).splitlines()
    return {path: (project / path).read_bytes() for path in paths if not CACHES & {*Path(path).parts}}


def run(project: Path, command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=project,
        env=flagship.clean_environment() | SETTINGS,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        sys.exit(f"{project.parent.name}: {command}: {done.stdout}{done.stderr}")


def edit_all(project: Path, *changes: Changes) -> None:
    for change in changes:
        edit(project, change)


def work(project: Path, use: Callable[[httpx2.Client], None], **settings: str) -> None:
    """Serve the project with the settings in its `.env`, and use it."""
    with flagship.serve(project, None, workers=1, **settings) as server, server.client() as client:
        use(client)


def send(client: httpx2.Client, method: str, path: str, **options: Any) -> Any:
    answer = client.request(method, path, **options)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


# The owners of JSON files.


def live_with_notes(project: Path) -> None:
    work(project, sell)
    edit_all(project, owners.SETTINGS, owners.JSON_FIELD, owners.JSON_NOTES)
    work(project, take_notes)
    work(project, name_makers)


def live_with_docker(project: Path) -> None:
    work(project, sell)
    edit_all(project, owners.SETTINGS, owners.MAKEFILE, owners.JSON_COMPOSE)


def live_with_everything(project: Path) -> None:
    edit_all(
        project,
        *(owners.SETTINGS, owners.JSON_NOTES, owners.DATA_ELSEWHERE, owners.MAKEFILE, owners.JSON_COMPOSE),
        owners.WITHOUT_JUST,
    )
    work(project, sell)
    work(project, take_notes)


def sell(client: httpx2.Client) -> None:
    """The last item is deleted, so its id must not come back."""
    for name, price in {"Ruler": 2.5, "Blotting paper": 4.0, "Quill": 18.0}.items():
        send(client, "POST", "/items/", json={"name": name, "price": price})
    first, *_, last = send(client, "GET", "/items/")
    send(client, "PUT", f"/items/{first['id']}", json={"price": 8.25, "description": "Küche, 日本"})
    send(client, "DELETE", f"/items/{last['id']}")


def take_notes(client: httpx2.Client) -> None:
    for text in ("Order more ink", "Ask for paper", "Close at six"):
        send(client, "POST", "/notes/", json={"text": text})
    send(client, "DELETE", "/notes/3")


def name_makers(client: httpx2.Client) -> None:
    send(client, "POST", "/items/", json={"name": "Wax", "price": 6.0, "maker": "Bee"})


# The owners of databases.


def live_with_tables(project: Path) -> None:
    run(project, "alembic upgrade head")
    run(project, "scripts.seed --users 4 --items 12")
    work(project, trade, **SETTINGS)
    edit_all(project, owners.SETTINGS, owners.SQL_ROUTES, owners.SQL_COLUMN)
    run(project, "alembic revision --autogenerate --rev-id 0003 -m nicknames")
    run(project, "alembic upgrade head")
    edit(project, owners.SQL_NOTES)
    run(project, "alembic revision --autogenerate --rev-id 0004 -m notes")
    run(project, "alembic upgrade head")
    work(project, name_and_note, **SETTINGS)


def live_with_kubernetes(project: Path) -> None:
    live_with_tables(project)
    edit(project, owners.SQL_DEPLOYMENT)


def live_with_plain_tables(project: Path) -> None:
    """Nothing of this owner's is in the way of a migration."""
    run(project, "scripts.seed --users 2 --items 3")
    work(project, trade, **SETTINGS)
    edit_all(project, owners.SETTINGS, owners.SQL_ROUTES, owners.MAKEFILE, owners.WITHOUT_JUST)


def trade(client: httpx2.Client) -> None:
    """Some of everything; the last user and item are deleted, so their ids must not come back."""
    users = [
        send(client, "POST", "/users/", json={"username": name, "email": f"{name}@example.com"})
        for name in ("ada", "grace", "gone")
    ]
    send(client, "POST", f"/users/{users[0]['id']}/posts", json={"title": "We are open"})
    send(client, "PUT", f"/users/{users[1]['id']}", json={"email": "hopper@example.com"})
    send(client, "DELETE", f"/users/{users[2]['id']}")
    items = [
        send(client, "POST", "/items/", json={"name": name, "price": 2.5}) for name in ("Ruler", "Quill")
    ]
    send(client, "DELETE", f"/items/{items[1]['id']}")
    for name in ("prices.txt", "opening hours.txt"):
        form = {"file": (name, f"{name}\n".encode(), "text/plain")}
        file = send(client, "POST", "/files/", files=form)
        wait(client, f"/files/{file['id']}", "status")
    assert client.get(f"/files/{file['id']}/content").text == "opening hours.txt\n"
    job = send(client, "POST", "/external-data/")
    wait(client, f"/jobs/{job['id']}", "state")


def name_and_note(client: httpx2.Client) -> None:
    send(client, "PUT", "/users/1", json={"nickname": "The first"})
    for text in ("Order more ink", "Ask for paper", "Close at six"):
        send(client, "POST", "/notes/", json={"user_id": 1, "text": text})
    send(client, "PUT", "/notes/2", json={"text": "Ask for good paper"})
    send(client, "DELETE", "/notes/3")


def wait(client: httpx2.Client, path: str, field: str) -> None:
    deadline = time.monotonic() + 30
    while send(client, "GET", path)[field] not in {"done", "failed"}:
        assert time.monotonic() < deadline, path
        time.sleep(0.1)


JSON = "fastapi-async-crud"
SQL = "fastapi-async-sqlalchemy"

PROJECTS = (
    Owned("json-uv", JSON, "uv", (), live_with_notes),
    Owned("json-pip-docker", JSON, "pip", ("docker", "agents", "makefile"), live_with_docker),
    Owned("json-poetry-everything", JSON, "poetry", EVERY_FEATURE, live_with_everything),
    Owned("sql-uv", SQL, "uv", (), live_with_tables),
    Owned(
        "sql-pdm-kubernetes",
        SQL,
        "pdm",
        ("docker", "kubernetes", "github-actions", "agents"),
        live_with_kubernetes,
    ),
    Owned("sql-pip-everything", SQL, "pip", EVERY_FEATURE, live_with_plain_tables),
)

if __name__ == "__main__":
    main()
