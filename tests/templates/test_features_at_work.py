"""The features at work, with each package manager for real: what they say is run, and does what it says.

The project has all features, is installed and committed by fastkit, and is then what a colleague gets: a
clone. Only what needs somebody else's machines is not run: no engine builds the image (its steps are
carried out in folders), and what sets up a runner at GitHub is set up by the test.
"""

from fastkit.catalog.find import find_template
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import yaml

from fastkit.catalog import template, features
from fastkit.catalog.template import Template
from fastkit.package_managers import PACKAGE_MANAGERS
from tests.support import dockerfile
from tests.support.command_line import FASTKIT
from tests.support.demo import WORDS
from tests.support.managers import Managers, run

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("managers")]


def with_managers(*names: str) -> pytest.MarkDecorator:
    """These managers, which cover each one somewhere; with FASTKIT_PROOF=1 all of them everywhere."""
    return pytest.mark.parametrize("manager", PACKAGE_MANAGERS if "FASTKIT_PROOF" in os.environ else names)


FLAGSHIP = "fastapi-async-crud"

MEMORY = "memory://"

GIVEN = ('pip install "pdm', 'pip install "poetry', "pipx install")
"""What gets a manager, which the test has got already."""


class Made:
    """Projects with all features, one a manager."""

    def __init__(self, managers: Managers, room: Path) -> None:
        self.managers = managers
        self.room = room
        self.found: dict[tuple[str, str], Path] = {}

    def project(self, manager: str, template: str = FLAGSHIP) -> Path:
        if (manager, template) not in self.found:
            self.found[manager, template] = self.make(manager, find_template(template))
        return self.found[manager, template]

    def make(self, manager: str, template: Template) -> Path:
        wanted = [word for feature in features.offered(template) for word in ("--with", feature.name)]
        call = ("startdemo", template.name, *WORDS, "--package-manager", manager, *wanted, "--yes")
        parent = self.room / template.name / manager
        parent.mkdir(parents=True)
        done = run((*FASTKIT, *call), parent, self.managers.environment(manager))
        assert done.returncode == 0, done.stdout + done.stderr
        return parent / "shop"

    def clone(self, manager: str, folder: Path, template: str = FLAGSHIP) -> Path:
        words = ["git", "clone", "--quiet", str(self.project(manager, template)), str(folder)]
        self.sh(shlex.join(words), self.room, manager)
        return folder

    def sh(self, command: str, cwd: Path, manager: str, **changes: str) -> str:
        """What a command prints that has to work."""
        env = {**self.managers.environment(manager), **changes}
        done = run(("bash", "-ec", command), cwd, env)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def made(managers: Managers, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(managers, tmp_path_factory.mktemp("made"))


@with_managers("uv", "pip")
def test_the_image_serves_and_writes_nothing_but_its_data(manager: str, made: Made, tmp_path: Path) -> None:
    clone = made.clone(manager, tmp_path / "clone")
    container = dockerfile.build(clone, tmp_path, made.managers.environment(manager), GIVEN)
    compose = yaml.safe_load((clone / "compose.yaml").read_text("utf-8"))
    assert container.user == "10001:10001"
    packages = {path.name.lower() for path in container.root.glob("app/.venv/lib/*/site-packages/*")}
    assert {"fastapi", "uvicorn", "redis"} <= packages
    assert not {"pip", "pytest", "ruff", "mypy", "pre_commit"} & packages, "more than what runs"
    sent = {path.name for path in (container.root / "app").iterdir()} - {".venv"}
    assert sent - {PACKAGE_MANAGERS[manager].lockfile} == {"pyproject.toml", "src"}
    with redis(compose) as url, read_only(container.root / "app"):
        settings = {**compose["services"]["api"]["environment"], "RATE_LIMIT": "1000/minute"}
        settings |= {"RATE_LIMIT_STORAGE_URL": url, "DATA_FILE": container.inside(settings["DATA_FILE"])}
        with serving(container, settings, free_port()) as address:
            made_item = post(f"{address}/items/", {"name": "Cup", "price": 12.5})
    assert made_item["id"] == 1
    assert [path.name for path in (container.root / "data").glob("*.json")] == ["items.json"]


def test_one_image_migrates_serves_and_does_the_jobs(made: Made, tmp_path: Path) -> None:
    clone = made.clone("uv", tmp_path / "clone", "fastapi-async-sqlalchemy")
    container = dockerfile.build(clone, tmp_path, made.managers.environment("uv"))
    compose = yaml.safe_load((clone / "compose.yaml").read_text("utf-8"))
    services = compose["services"]
    port = free_port()
    with redis(compose) as url, read_only(container.root / "app"):
        settings = {
            **services["api"]["environment"],
            **dict.fromkeys(("CACHE_URL", "QUEUE_URL", "RATE_LIMIT_STORAGE_URL"), url),
            "DATABASE_URL": f"sqlite:///{container.root}/data/app.db",
            "MIGRATE_AT_START": "false",
            "RATE_LIMIT": "1000/minute",
            "SOURCES": json.dumps({"welcome": f"http://127.0.0.1:{port}/"}),
            "UPLOAD_FOLDER": container.inside(container.environment["UPLOAD_FOLDER"]),
        }
        container.environment |= settings
        container.run(services["migrations"]["command"])
        with serving(container, {}, port) as address, working(container, services["worker"]["command"], url):
            job = post(f"{address}/external-data/", {})
            until(lambda: get(f"{address}/jobs/{job['id']}")["state"] == "done", seconds=20)
            assert "Welcome" in json.dumps(get(f"{address}/jobs/{job['id']}"))


def test_the_image_of_the_demo_shows_its_page_and_keeps_its_users(made: Made, tmp_path: Path) -> None:
    clone = made.clone("uv", tmp_path / "clone", "fastapi-async-demo")
    container = dockerfile.build(clone, tmp_path, made.managers.environment("uv"))
    settings = {"DATABASE_URL": f"sqlite:///{container.root}/data/demo.db"}
    with read_only(container.root / "app"), serving(container, settings, free_port()) as address:
        assert [case["code"] for case in get(f"{address}/demo/cases") if not case["code"]] == []
        assert post(f"{address}/users/", {"email": "ada@example.com", "full_name": "Ada"})["id"] == 1
        assert get(f"{address}/cpu-task-process?n=1")["method"] == "async_process_pool"
    assert [path.name for path in (container.root / "data").glob("*.db")] == ["demo.db"]


@contextmanager
def working(container: dockerfile.Container, words: list[str], redis_url: str) -> Iterator[None]:
    """A worker, where there is a Redis; without one the server does the jobs itself."""
    if redis_url == MEMORY:
        yield
        return
    program = shutil.which(words[0], path=container.environment["PATH"])
    worker = subprocess.Popen([str(program), *words[1:]], cwd=container.cwd, env=container.environment)
    try:
        yield
        assert worker.poll() is None
    finally:
        worker.terminate()
        worker.wait(30)


@contextmanager
def serving(container: dockerfile.Container, settings: Mapping[str, str], port: int) -> Iterator[str]:
    """The container's command at work on another port, once its health check says that it is well."""
    here = {"8000": str(port), "0.0.0.0": "127.0.0.1"}  # noqa: S104
    words = [here.get(word, word) for word in container.command]
    check = [word.replace(":8000", f":{port}") for word in container.health]
    env = {**container.environment, **settings}
    program = shutil.which(words[0], path=env["PATH"])
    assert program
    assert program.startswith(str(container.root))
    server = subprocess.Popen([program, *words[1:]], cwd=container.cwd, env=env)
    try:
        until(lambda: run(tuple(check), container.cwd, env).returncode == 0, seconds=30)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        assert server.wait(10) in (0, -signal.SIGTERM)
    assert run(tuple(check), container.cwd, env).returncode == 1, "it is well without a server"


@contextmanager
def redis(compose: Mapping[str, Any]) -> Iterator[str]:
    """Redis as compose.yaml starts it; the limit is counted in memory where this machine has none."""
    program = shutil.which("redis-server")
    if program is None:
        print("\n  redis-server is not installed: the limit is counted in memory")
        yield MEMORY
        return
    port = str(free_port())
    _, *options = compose["services"]["redis"]["command"]
    server = subprocess.Popen([program, *options, "--port", port], stdout=subprocess.DEVNULL)
    try:
        until(lambda: answers(int(port)), seconds=10)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


def until(happened: Callable[[], bool], *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"nothing for {seconds} s"
        time.sleep(0.05)


def answers(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder as in a container with `read_only: true`, where this machine lets us."""
    bound = bool(shutil.which("mount")) and mount("--bind", folder, folder)
    if not (bound and mount("-o", "remount,bind,ro", folder)):
        print("\n  nobody may mount here: the source is not read-only")
    try:
        yield
    finally:
        if bound:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def mount(*words: str | Path) -> bool:
    return subprocess.run(["mount", *words], capture_output=True, check=False).returncode == 0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def get(url: str) -> Any:
    with urlopen(url, timeout=10) as response:
        return json.load(response)


def post(url: str, body: object) -> Any:
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=10) as response:
        return json.load(response)


@with_managers("poetry")
def test_the_workflow_passes(manager: str, made: Made, tmp_path: Path) -> None:
    workflow = yaml.safe_load((made.project(manager) / ".github/workflows/checks.yml").read_text("utf-8"))
    ran = []
    for name, job in workflow["jobs"].items():
        clone = made.clone(manager, tmp_path / name)
        path = with_python(tmp_path / f"python-{name}", made.managers.environment(manager))
        for step in job["steps"]:
            command = step.get("run", "")
            if command and not command.startswith(GIVEN):
                made.sh(command, clone, manager, PATH=path, GITHUB_ACTIONS="true")
                ran.append(command.split()[-1])
        assert made.sh("git status --porcelain", clone, manager) == ""
    assert {"mypy", "pytest", "--check"} <= set(ran)


def with_python(folder: Path, env: Mapping[str, str]) -> str:
    """PATH as after actions/setup-python, which a package may be installed into."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return f"{folder / 'bin'}{os.pathsep}{env['PATH']}"


@with_managers("pdm")
def test_a_development_container_is_ready_after_its_command(manager: str, made: Made, tmp_path: Path) -> None:
    clone = made.clone(manager, tmp_path / "clone")
    about = json.loads((clone / ".devcontainer/devcontainer.json").read_text("utf-8"))
    pipx = tmp_path / "bin" / "pipx"
    pipx.parent.mkdir()
    pipx.write_text('#!/bin/sh\n[ "$1" = install ] && command -v "$2"\n')
    pipx.chmod(0o755)
    path = f"{pipx.parent}{os.pathsep}{made.managers.environment(manager)['PATH']}"
    made.sh(about["postCreateCommand"], clone, manager, PATH=path)
    settings = about["customizations"]["vscode"]["settings"]
    python = settings["python.defaultInterpreterPath"].replace("${containerWorkspaceFolder}", str(clone))
    made.sh(f"{python} -c 'import fastapi, pytest'", clone, manager)


@with_managers("uv")
def test_a_commit_is_checked_by_the_projects_own_tools(manager: str, made: Made) -> None:
    project = made.project(manager)
    commands = commands_of(project, "Before each commit")
    for command in commands:
        made.sh(command, project, manager)
    assert made.sh("git status --porcelain", project, manager) == ""
    (project / "src/wrong.py").write_text("import os\nx:int='1'\n")
    try:
        made.sh("git add src/wrong.py", project, manager)
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        env = made.managers.environment(manager)
        done = run(("git", *who, "commit", "-m", "Wrong"), project, env)
        assert done.returncode == 1
        assert all(hook in done.stdout + done.stderr for hook in ("ruff check", "ruff format", "mypy"))
    finally:
        made.sh("git rm --quiet --force src/wrong.py && rm -f .git/hooks/pre-commit", project, manager)


def commands_of(project: Path, heading: str) -> list[str]:
    """What the README's section says to type."""
    section = (project / "README.md").read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\$ (.*)$", section, re.MULTILINE)


@with_managers("pip")
@pytest.mark.parametrize("tool", ["make", "just"])
def test_the_commands_work(tool: str, manager: str, made: Made) -> None:
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    made.sh(f"{tool} format && {tool} check", made.project(manager), manager)
    assert made.sh("git status --porcelain", made.project(manager), manager) == ""


@with_managers("uv")
def test_what_a_page_for_agents_says_to_run_works(manager: str, made: Made) -> None:
    project = made.project(manager)
    page = (project / "AGENTS.md").read_text("utf-8")
    commands = dict(re.findall(r"^\| ([a-z ]+) \| `([^`]+)` \|$", page, re.MULTILINE))
    for task in ("lint", "format", "check types"):
        made.sh(commands[task], project, manager)
    one = commands["run one test"].replace("part of its name", "config")
    made.sh(one, project, manager)
    for path in re.findall(r"`((?:src|tests)/[\w/]+(?:\.py)?)`", page):
        assert (project / path).exists(), path
