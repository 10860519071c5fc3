"""uv, pip, PDM and Poetry, each for real: from the command to a project whose own tests have passed."""

from pathlib import Path

import pytest

from fastkit.package_managers import PACKAGE_MANAGERS
from fastkit.making.requirements import lacking
from tests.support.command_line import FASTKIT
from tests.support.demo import WORDS
from tests.support.folders import write
from tests.support.managers import Managers, run
from tests.support.settings import ANOTHER_PYTHON, FILES, MEANT_FOR_OTHERS

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("managers")]


FITS = {
    "uv": ("uv", "sync", "--locked"),
    "pdm": ("pdm", "lock", "--check"),
    "poetry": ("poetry", "check", "--lock"),
}
"""How each manager says whether a lockfile fits the requirements."""


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
    committed = run(("git", "ls-files"), project, env).stdout.splitlines()
    assert manager.lockfile == "" or manager.lockfile in committed
    assert (project / ".venv/pyvenv.cfg").is_file()
    assert not [path for path in committed if path.startswith((".venv", ".env"))]
    assert "pyproject.toml" in committed
    assert run(("git", "status", "--porcelain"), project, env).stdout == ""
    if name in FITS:
        changed = run((*FASTKIT, "add", "pre-commit", "--yes"), project, env)
        assert changed.returncode == 0, changed.stdout + changed.stderr
        assert "does not fit" not in changed.stdout
        author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        run(("git", *author, "commit", "--quiet", "--message=change"), project, env)
        fits = run(FITS[name], project, env)
        assert fits.returncode == 0, fits.stdout + fits.stderr
        assert run(("git", "status", "--porcelain"), project, env).stdout == ""


IN_THE_WAY = {
    f"{name}.py": "raise SystemExit('a file of the project was imported')\n"
    for name in ("json", "logging", "platform", "pip", "venv", "virtualenv")
}
"""Files of a project that are called like modules of Python and of package managers."""


@pytest.mark.parametrize("name", PACKAGE_MANAGERS)
def test_neither_settings_for_others_nor_files_of_the_project_lead_an_install_astray(
    name: str, managers: Managers, tmp_path: Path, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with capfd.disabled():
        env = managers.environment(name)
    elsewhere = tmp_path / "elsewhere"
    astray = dict.fromkeys((*MEANT_FOR_OTHERS[name], *ANOTHER_PYTHON), str(elsewhere))
    astray.pop("PYTHONHOME")  # fastkit itself would not start
    write(home, FILES)
    write(tmp_path / "shop", IN_THE_WAY)
    call = ("startdemo", "fastapi-async-crud", *WORDS, "--package-manager", name, "--yes")
    made = run((*FASTKIT, *call), tmp_path, env | astray)
    assert made.returncode == 0, made.stdout + made.stderr
    assert lacking(tmp_path / "shop") == []
    assert not elsewhere.exists()
    assert run(("git", "status", "--porcelain"), tmp_path / "shop", env).stdout == ""
