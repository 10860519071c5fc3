"""Each command that a page shows works, typed in the order of the page."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from fastkit.computing.safe_yaml import parse
from tests.support.command_line import clean_environment
from tests.support.constraints import ROOT
from tests.support.managers import Managers

PAGES = [
    page.relative_to(ROOT).as_posix()
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "```console" in page.read_text("utf-8")
]

TUTORIALS = [page for page in PAGES if page.startswith(("docs/first", "docs/tutorials"))]

LIBRARY = ["fastkit startdemo fastapi-async-sqlalchemy --project-name library", "cd library"]

IN_A_PROJECT = {
    "README.md": "fastkit resource add",
    "docs/how-to/add-a-resource.md": "fastkit",
    "docs/how-to/deploy.md": "fastkit",
    "docs/how-to/update.md": "fastkit",
    "docs/reference/resources.md": "fastkit",
}
"""Before the first command that begins so, the reader of a page has a project."""

NOTE = (ROOT / "docs/reference/resources.md").read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]

FILES = {"note.yml": NOTE, "note.json": json.dumps(parse(NOTE))}
"""What docs/reference/resources.md shows, and the same as JSON."""

NOT_TYPED = re.compile(
    r"docker |kubectl "  # tests/templates/test_features_at_work.py types those of a project's README
    r"|make |cd build/|\.\./"  # in this checkout: the first would begin all tests anew
    r"|uv tool |uv sync .*--no-dev|.* uvicorn "  # which would change this machine, or not end
)

NEEDS_A_REGISTRY = re.compile(r"uv run (python|pytest)|.* --run\b")
"""Not typed without one: these need what a project installs, or take long. So does a server of no `curl`."""

AS_A_READER = r"""
set -e
commit() { if [ -n "$(git status --porcelain)" ]; then git add --all; git commit --quiet --message step; fi; }
lend_environment() {
    for project in */pyproject.toml; do
        folder=${project%/*}
        [ -e "$folder/.venv" ] || ln -s "$ENVIRONMENT" "$folder/.venv"
        [ ! -d "$folder/.git" ] || echo .venv >> "$folder/.git/info/exclude"
    done
}
start() {
    command fastkit startdemo --project-name async-todo-api --author Ada --author-email ada@example.com \
        --description Shop "$@" --yes $NO_INSTALL
    [ -z "$NO_INSTALL" ] || lend_environment
}
serve() {
    command fastkit runserver "$@" --no-reload --port "$PORT" > "$LOG" 2>&1 &
    until command curl --silent --output /dev/null "127.0.0.1:$PORT/"; do kill -0 $!; sleep 0.1; done
}
fastkit() {
    case "$1 $2" in
    startdemo*) shift; start "$@" ;;
    runserver*) shift; serve "$@" ;;
    "resource list" | "update --undo" | "update --check") command fastkit "$@" ;;
    resource* | remove* | "add "?* | update*) commit; command fastkit "$@" --yes ;;
    *) command fastkit "$@" ;;
    esac
}
curl() { command curl --fail-with-body --silent --show-error "$@"; }
if [ -n "$NO_INSTALL" ]; then
    uv() { shift; [ "$1" != --no-sync ] || shift; ".venv/bin/$@"; }
fi
"""
"""What readers do that no page tells them: answer the questions, say yes, commit before the next change.

Without a registry, `NO_INSTALL` is `--no-install`, and a project has the environment of the tests.
"""


def commands(page: str) -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    assert [line for line in lines if not line.startswith("$ ")] == []
    return [line.removeprefix("$ ") for line in lines]


def with_project(page: str, lines: list[str]) -> list[str]:
    if page not in IN_A_PROJECT:
        return lines
    first = next(number for number, line in enumerate(lines) if line.startswith(IN_A_PROJECT[page]))
    return [*lines[:first], *LIBRARY, *lines[first:]]


def with_template(page: str, lines: list[str]) -> list[str]:
    return ["fastkit template new my-api", *lines] if page == "docs/reference/templates.md" else lines


def type_lines(lines: list[str], room: Path, base: Mapping[str, str] | None = None, **more: str) -> None:
    """In one shell, as a reader types them, with a server on a free port."""
    (room / "reader").mkdir()
    for name, text in FILES.items():
        (room / name).write_text(text)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    script = "\n".join(lines).replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    script = script.replace("test_async.py", f"test_async.py http://127.0.0.1:{port}")
    script = re.sub(r"(?<= )note\.(yml|json)", rf"{room}/note.\1", script)
    about = {"ENVIRONMENT": sys.prefix, "LOG": str(room / "log"), "PORT": port, "NO_INSTALL": "", **more}
    about |= {"GIT_CONFIG_GLOBAL": os.environ["GIT_CONFIG_GLOBAL"], "PYTHONWARNINGS": "ignore"}
    with (room / "output").open("wb") as output:
        shell = subprocess.Popen(
            ["bash", "-c", f"{AS_A_READER}\nset -x\n{script}"],
            cwd=room / "reader",
            env=clean_environment(base, **about),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            code = shell.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    logs = [path.read_text("utf-8", "replace") for path in (room / "output", room / "log") if path.exists()]
    assert code == 0, "".join(logs)


@pytest.mark.skipif(sys.platform == "win32", reason="the pages are written for a POSIX shell")
@pytest.mark.parametrize("page", PAGES)
def test_the_commands_work_without_a_registry(page: str, tmp_path: Path) -> None:
    typed = with_template(page, with_project(page, commands(page)))
    lines = [line for line in typed if not NOT_TYPED.match(line) and not NEEDS_A_REGISTRY.match(line)]
    if not any(line.startswith("curl ") for line in lines):
        lines = [line for line in lines if not line.startswith("fastkit runserver")]
    type_lines(lines, tmp_path, NO_INSTALL="--no-install")


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.xdist_group("installed")
@pytest.mark.parametrize(
    "page", [*TUTORIALS, "docs/how-to/write-a-template.md", "docs/reference/templates.md"]
)
def test_the_commands_work_as_they_are_written(page: str, tmp_path: Path, managers: Managers) -> None:
    typed = with_template(page, commands(page))
    type_lines([line for line in typed if not NOT_TYPED.match(line)], tmp_path, managers.environment())
