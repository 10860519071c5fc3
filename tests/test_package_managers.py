"""The package managers as values."""

import os
import sys
from pathlib import Path

import pytest

from fastkit.errors import ManagerUnavailable
from fastkit.package_managers import PACKAGE_MANAGERS, PackageManager, Step
from fastkit.package_managers.model import ANY_PYTHON, in_environment, version_of
from fastkit.versions import read_version
from tests.support.folders import write

posix = pytest.mark.skipif(os.name == "nt", reason="the scripts are for a POSIX shell")


def script(folder: Path, text: str, name: str = "fake") -> Path:
    file = write(folder, {name: f"#!/bin/sh\n{text}\n"}) / name
    file.chmod(0o755)
    return file


def manager(file: Path | None) -> PackageManager:
    return PackageManager(
        name="fake",
        minimum="2.10",
        get_it="get fake",
        steps=(Step(("fake", "install")),),
        runs="fake run",
        find=lambda: str(file) if file else None,
        settings={"FAKE": "1"},
    )


# The table.


def test_the_table_holds_the_four_in_the_tutorials_order() -> None:
    assert list(PACKAGE_MANAGERS) == ["pip", "uv", "pdm", "poetry"]
    assert all(name == manager.name for name, manager in PACKAGE_MANAGERS.items())


@pytest.mark.parametrize("name", PACKAGE_MANAGERS)
def test_every_manager_is_complete(name: str) -> None:
    manager = PACKAGE_MANAGERS[name]
    assert manager.steps
    assert manager.runs
    assert manager.get_it
    assert read_version(manager.minimum)
    assert manager.lockfile == {"pip": "", "uv": "uv.lock", "pdm": "pdm.lock", "poetry": "poetry.lock"}[name]
    assert isinstance(hash(manager.steps), int)


@pytest.mark.skipif(os.name == "nt", reason="as typed on POSIX")
def test_the_steps_are_what_a_person_would_type() -> None:
    assert {name: [str(step) for step in manager.steps] for name, manager in PACKAGE_MANAGERS.items()} == {
        "pip": [
            f"{ANY_PYTHON} -m venv .venv",
            '.venv/bin/python -m pip install --upgrade "pip>=25.1"',
            ".venv/bin/python -m pip install --editable . --group dev",
        ],
        "uv": ["uv sync"],
        "pdm": ["pdm install"],
        "poetry": ["poetry install"],
    }


@pytest.mark.parametrize("name", ["uv", "pip"])
def test_what_comes_with_fastkit_is_always_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    PACKAGE_MANAGERS[name].check()


@posix
@pytest.mark.parametrize("name", ["uv", "pdm", "poetry"])
def test_a_manager_on_the_path_wins(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = script(tmp_path / "tools", "echo 99.0", name)
    monkeypatch.setenv("PATH", str(file.parent))
    assert PACKAGE_MANAGERS[name].find() == str(file)
    PACKAGE_MANAGERS[name].check()


@pytest.mark.parametrize("name", ["pdm", "poetry"])
def test_a_manager_that_is_not_on_the_path_is_refused_with_the_way_to_get_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ManagerUnavailable) as error:
        PACKAGE_MANAGERS[name].check()
    assert error.value.message == f"the package manager `{name}` is not installed"
    assert error.value.hint.startswith(f"run `uv tool install --upgrade {name}`, or pass another")


def test_pip_is_this_pythons() -> None:
    assert PACKAGE_MANAGERS["pip"].find() == sys.executable


# Versions.


@posix
@pytest.mark.parametrize("said", ["fake 2.10", "Fake (version 2.10.0)", "fake, version 3.0.0rc1", "2.11"])
def test_a_version_that_is_new_enough_passes(said: str, tmp_path: Path) -> None:
    manager(script(tmp_path, f"echo '{said}'")).check()


@posix
def test_a_version_that_is_too_old_is_refused_as_numbers_go(tmp_path: Path) -> None:
    with pytest.raises(ManagerUnavailable) as error:
        manager(script(tmp_path, "echo fake 2.9.12")).check()
    assert error.value.message == "`fake` 2.9.12 is too old: 2.10 or later is needed"
    assert error.value.hint == "run `get fake`, or pass another --package-manager"


@posix
@pytest.mark.parametrize("text", ["exit 1", "echo 9.9; exit 1", "echo hello", "exit 0"])
def test_a_manager_that_does_not_say_its_version_is_refused(text: str, tmp_path: Path) -> None:
    file = script(tmp_path, text)
    with pytest.raises(ManagerUnavailable) as error:
        manager(file).check()
    assert error.value.message == f"`{file} --version` fails"


def test_a_manager_that_cannot_be_executed_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, {"fake": "just text"}) / "fake"
    with pytest.raises(ManagerUnavailable, match="--version` fails"):
        manager(file).check()


def test_a_manager_that_is_not_found_is_refused() -> None:
    with pytest.raises(ManagerUnavailable, match="the package manager `fake` is not installed"):
        manager(None).check()


@posix
def test_a_version_is_asked_for_once(tmp_path: Path) -> None:
    file = script(tmp_path, f"echo x >> {tmp_path}/asked; echo fake 3.0")
    assert [version_of(str(file)), version_of(str(file))] == ["3.0", "3.0"]
    assert (tmp_path / "asked").read_text() == "x\n"


# Commands.


def test_the_first_word_becomes_an_executable_of_this_machine(tmp_path: Path) -> None:
    fake = manager(tmp_path / "fake")
    assert fake.command(Step(("fake", "install", "--all"))) == [str(tmp_path / "fake"), "install", "--all"]
    assert fake.command(Step((ANY_PYTHON, "-m", "venv"))) == [sys.executable, "-m", "venv"]
    assert fake.command(Step((in_environment("python"), "-m", "pip")))[1:] == ["-m", "pip"]
    assert manager(None).command(Step(("fake", "install"))) == ["fake", "install"]


def test_the_environment_has_the_managers_settings_and_no_other_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror")
    environment = manager(None).environment()
    assert environment["FAKE"] == "1"
    assert environment["PIP_INDEX_URL"] == "https://mirror"
    assert not {"VIRTUAL_ENV", "PYTHONPATH"} & environment.keys()


def came_along(tmp_path: Path) -> PackageManager:
    """A manager that is not on PATH, as uv is where only fastkit was installed."""
    step = Step(("fake", "install"))
    return PackageManager("fake", "1", "get", (step,), "fake run", find=lambda: str(tmp_path / "a b/fake"))


def test_a_manager_that_is_not_on_path_is_typed_by_its_place(tmp_path: Path) -> None:
    manager = came_along(tmp_path)
    assert manager.typed(manager.steps[0]) == f'"{tmp_path}/a b/fake" install'
    assert manager.run("pytest") == f"{in_environment('python')} -m pytest"


def test_a_manager_on_path_is_typed_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a b", {"fake": "#!/bin/sh\n"})
    (tmp_path / "a b/fake").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "a b"))
    manager = came_along(tmp_path)
    assert (manager.typed(manager.steps[0]), manager.run("pytest")) == ("fake install", "fake run pytest")


def test_a_manager_that_is_nowhere_is_typed_by_its_name() -> None:
    step = Step(("fake", "install"))
    manager = PackageManager("fake", "1", "get", (step,), "fake run", find=lambda: None)
    assert (manager.typed(step), manager.run("pytest")) == ("fake install", "fake run pytest")
