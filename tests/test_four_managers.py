"""uv, pip, PDM and Poetry, each for real: from the command to a project whose own tests have passed."""

import re
from pathlib import Path

import pytest

from fastkit.package_managers import PACKAGE_MANAGERS
from tests.support.command_line import FASTKIT
from tests.support.demo import WORDS
from tests.support.managers import Managers, run

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("managers")]


@pytest.mark.parametrize("name", PACKAGE_MANAGERS)
def test_a_project_is_installed_tested_and_committed(name: str, managers: Managers, tmp_path: Path) -> None:
    env = managers.environment(name)
    manager = PACKAGE_MANAGERS[name]
    call = ("startdemo", "fastapi-async-crud", *WORDS, "--package-manager", name, "--yes")
    made = run((*FASTKIT, *call), tmp_path, env)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "has been created successfully!" in made.stdout
    project = tmp_path / "shop"
    assert f"\nNext steps:\n  cd shop\n  {manager.runs} pytest\n  fastkit runserver\n" in made.stdout
    tested = run(tuple(f"{manager.runs} pytest -q -W error".split()), project, env)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert re.search(r"^\d+ passed", tested.stdout, re.MULTILINE)
    assert "no tests ran" not in tested.stdout
    committed = run(("git", "ls-files"), project, env).stdout.splitlines()
    assert manager.lockfile == "" or manager.lockfile in committed
    assert (project / ".venv/pyvenv.cfg").is_file()
    assert not [path for path in committed if path.startswith((".venv", ".env"))]
    assert "pyproject.toml" in committed
    assert run(("git", "status", "--porcelain"), project, env).stdout == ""
