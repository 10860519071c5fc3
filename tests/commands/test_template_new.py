"""`fastkit template new`: a template that works from its first minute."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fastkit.checking.new_template import STARTER
from tests.support.command_line import FASTKIT, clean_environment, fastkit
from tests.support.demo import WORDS
from tests.support.folders import tree, write
from tests.support.managers import Managers
from tests.support.managers import run as run_with

SOME_FAILED = 1
"""The status of pytest, which has others where no test is found or none can run."""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    run = fastkit("template", "new", "my-api", cwd=tmp_path)
    assert (run.code, run.err) == (0, "")
    return tmp_path / "my-api"


def test_the_template_is_the_starter_with_a_title_of_its_own(template: Path) -> None:
    made = {path for path, (mode, _) in tree(template).items() if mode.startswith("-")}
    assert made == {path for path, (mode, _) in tree(STARTER).items() if mode.startswith("-")}
    assert 'title: "My api"' in (template / "copier.yml").read_text()
    assert "fastkit startdemo ./my-api --trust" in (template / "README.md").read_text()


def test_the_next_steps_can_be_typed(tmp_path: Path) -> None:
    run = fastkit("template", "new", "my-api", "-o", "my templates", cwd=tmp_path)
    steps = run.out[run.out.index("Next steps:") :].splitlines()[1:]
    assert [step.strip() for step in steps] == [
        "fastkit template check 'my templates/my-api'",
        "fastkit startdemo 'my templates/my-api' --trust",
        "pytest 'my templates/my-api/tests'",
    ]


def test_the_new_template_passes_check_at_once(template: Path) -> None:
    run = fastkit("template", "check", "./my-api", cwd=template.parent)
    assert (run.code, run.out) == (0, "my-api: 7 projects checked, no findings\n")


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.xdist_group("installed")
def test_projects_of_the_new_template_pass_their_own_checks(template: Path, managers: Managers) -> None:
    words = ("template", "check", "./my-api", "--run", "--trust")
    done = run_with((*FASTKIT, *words), template.parent, managers.environment())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "using: ruff check, ruff format --check, mypy, pytest -q" in done.stdout


def test_the_tests_of_the_new_template_pass(template: Path) -> None:
    run = pytest_in(template)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_tests_of_the_new_template_can_fail(template: Path) -> None:
    license_ = template / "project" / "{% if license == 'MIT' %}LICENSE{% endif %}.jinja"
    license_.write_text("Copyright (c) nobody\n")
    assert pytest_in(template).returncode == SOME_FAILED


def pytest_in(folder: Path) -> "subprocess.CompletedProcess[str]":
    """pytest as an author runs it, with the plugin that fastkit's metadata names."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "ignore"],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_project_is_made_from_the_new_template_by_name(template: Path, tmp_path: Path) -> None:
    env = {"FASTKIT_TEMPLATES": str(template.parent)}
    assert "My api" in fastkit("list-templates", cwd=tmp_path, env=env).out
    words = ("--with", "changelog", "--set", "license=none", "--no-install", "--no-git", "--yes")
    run = fastkit("startdemo", "my-api", *WORDS, *words, cwd=tmp_path, env=env)
    assert run.code == 0, run.err
    made = tree(tmp_path / "shop")
    assert {"CHANGELOG.md", "pyproject.toml", "src/main.py", "tests/test_main.py"} <= made.keys()
    assert "LICENSE" not in made
    assert b"`CHANGELOG.md` says what is new in shop." in made["README.md"][1]


def test_the_starter_allows_what_the_bundled_templates_require(template: Path) -> None:
    """One place may not fall behind the other."""
    bundled = STARTER.parents[3] / "templates/fastapi-async-crud/project/pyproject.toml.jinja"
    required = re.compile(r'^    ("(?:fastapi|uvicorn|pytest|httpx2|ruff|mypy)[>[].*"),$', re.MULTILINE)
    own = (template / "project/pyproject.toml.jinja").read_text()
    assert sorted(required.findall(own)) == sorted(required.findall(bundled.read_text()))


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, {"my-api/mine.txt": "mine\n"})
    run = fastkit("template", "new", "my-api", cwd=tmp_path)
    assert run.code == 1
    assert run.error_lines == [
        f"error: `{tmp_path}/my-api` already exists",
        "hint: choose another NAME or --output",
    ]
    assert tree(tmp_path).keys() == {"my-api", "my-api/mine.txt"}


@pytest.mark.parametrize("name", ["", "a/b", "..", "_base", ".git", "a b", "con", "é", "a" * 65, "nul.txt"])
def test_a_name_that_no_template_can_have_is_refused(name: str, tmp_path: Path) -> None:
    run = fastkit("template", "new", "--", name, cwd=tmp_path)
    assert run.code == 2
    assert run.error_lines[0].startswith(f"error: a template cannot be called `{name}`")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_behind(small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(48 * 1024))
    run = fastkit("template", "new", "my-api", "-o", "new/folder", cwd=small_disk)
    assert run.code == 1
    assert run.error_lines[0] == f"error: no space left on the disk of `{small_disk}/new/folder`"
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
