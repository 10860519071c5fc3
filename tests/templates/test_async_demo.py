"""The project of fastapi-async-demo as somebody meets it first, and what its README promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fastkit.catalog.find import find_template
from tests.support import servers
from tests.support.command_line import FASTKIT
from tests.support.demo import WORDS
from tests.support.managers import Managers, run
from tests.support.projects import ANSWERS, MANAGERS, render

TEMPLATE = "fastapi-async-demo"

TREE = {
    *(f"app/{name}.py" for name in ("__init__", "main", "database", "models", "schemas", "utils")),
    "requirements.txt",
    "README.md",
}
"""That of the tutorial which the template follows."""


def test_the_project_has_the_tree_of_the_tutorial(tmp_path: Path) -> None:
    project = render(find_template(TEMPLATE), ANSWERS, tmp_path)
    assert {path for path in TREE if not (project / path).is_file()} == set()


def test_the_application_stays_small_enough_to_be_read() -> None:
    """Without the page and the load script."""
    folder = find_template(TEMPLATE).folder / "project/app"
    assert sum(len(file.read_text("utf-8").splitlines()) for file in folder.glob("*.py")) < 800


def test_the_readme_names_every_endpoint(tmp_path: Path) -> None:
    project = render(find_template(TEMPLATE), ANSWERS, tmp_path)
    sources = "".join((project / f"app/{name}.py").read_text("utf-8") for name in ("main", "lessons"))
    paths = re.findall(r'^@(?:app|router)\.(?:get|post)\("([^"]+)"', sources, re.MULTILINE)
    named = re.findall(r"`(?:POST )?(/[^`]*)`", (project / "README.md").read_text("utf-8"))
    assert len(paths) == 29
    assert [path for path in paths if path not in named] == []


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.xdist_group("managers")
@pytest.mark.parametrize("manager", MANAGERS)
def test_each_manager_installs_what_the_application_needs(
    manager: str, managers: Managers, tmp_path: Path
) -> None:
    env = managers.environment(manager)
    call = ("startdemo", TEMPLATE, *WORDS, "--package-manager", manager, "--yes")
    made = run((*FASTKIT, *call), tmp_path, env)
    assert made.returncode == 0, made.stdout + made.stderr
    imported = run((".venv/bin/python", "-c", "import app.main, pytest, rich"), tmp_path / "shop", env)
    assert imported.returncode == 0, imported.stderr


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.xdist_group("installed")
def test_requirements_txt_installs_what_the_application_needs(managers: Managers, tmp_path: Path) -> None:
    project = render(find_template(TEMPLATE), ANSWERS, tmp_path)
    env = managers.environment("pip")
    for command in (
        (sys.executable, "-m", "venv", "venv"),
        ("venv/bin/pip", "install", "--quiet", "-r", "requirements.txt"),
    ):
        done = run(command, project, env)
        assert done.returncode == 0, done.stdout + done.stderr
    words = ["venv/bin/uvicorn", "app.main:app", "--port", "0"]
    with subprocess.Popen(words, cwd=project, env=env, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        said = next((line for line in server.stderr if "startup complete" in line), "")
        server.terminate()
    assert said


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.xdist_group("installed")
def test_the_project_passes_on_postgresql(managers: Managers, tmp_path: Path) -> None:
    env = managers.environment()
    made = run((*FASTKIT, "startdemo", TEMPLATE, *WORDS, "--yes"), tmp_path, env)
    assert made.returncode == 0, made.stdout + made.stderr
    with servers.database_owner() as url:
        command = (".venv/bin/pytest", "-q", "tests/test_endpoints.py", "tests/test_lessons.py")
        done = run(command, tmp_path / "shop", {**env, "TEST_DATABASE_URL": url})
        assert done.returncode == 0, done.stdout + done.stderr
        assert servers.databases_of_user(url) == [], "the tests have left a database behind"
