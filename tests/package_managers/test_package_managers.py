"""The package managers as values."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fastkit.distributions import read_version
from fastkit.errors import ManagerUnavailable
from fastkit.package_managers import PACKAGE_MANAGERS, PackageManager, Step
from fastkit.package_managers.model import ANY_PYTHON, in_environment, version_of
from tests.support.folders import write
from tests.support.settings import ANOTHER_PYTHON, MEANT_FOR_OTHERS, SOURCES

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
            f"{'python' if os.name == 'nt' else 'python3'} -m venv .venv",
            '.venv/bin/python -m pip install --upgrade "pip>=25.1"',
            ".venv/bin/python -m pip install --editable . --group dev",
        ],
        "uv": ["uv sync"],
        "pdm": ["pdm install"],
        "poetry": ["poetry install"],
    }


@pytest.mark.parametrize("name", ["uv", "pip"])
def test_the_managers_that_come_with_fastkit_are_always_found(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    assert fake.command(Step((ANY_PYTHON, "-m", "venv"))) == [sys.executable, "-I", "-m", "venv"]
    assert fake.command(Step((in_environment("python"), "-m", "pip")))[1:] == ["-I", "-m", "pip"]
    assert fake.command(Step((in_environment("pytest"), "-q")))[1:] == ["-q"]
    assert manager(None).command(Step(("fake", "install"))) == ["fake", "install"]


def test_the_environment_has_the_managers_settings_and_no_other_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    environment = manager(None).environment()
    assert environment["FAKE"] == "1"
    assert environment["HTTPS_PROXY"] == "http://proxy"
    assert not {"VIRTUAL_ENV", "PYTHONPATH"} & environment.keys()


@pytest.mark.parametrize("name", PACKAGE_MANAGERS)
def test_only_settings_about_where_packages_come_from_reach_a_manager(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_CONFIG_FILE", raising=False)
    others = [variable for manager in MEANT_FOR_OTHERS.values() for variable in manager]
    for variable in (*SOURCES[name], *others, *ANOTHER_PYTHON):
        monkeypatch.setenv(variable, "meant")
    environment = PACKAGE_MANAGERS[name].environment()
    assert [variable for variable in SOURCES[name] if environment.get(variable) != "meant"] == []
    assert [variable for variable in (*others, *ANOTHER_PYTHON) if environment.get(variable) == "meant"] == []


def test_certificates_proxies_and_credentials_reach_a_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    names = (
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "HTTPS_PROXY",
        "no_proxy",
        "NETRC",
        "PYTHON_KEYRING_BACKEND",
    )
    for name in names:
        monkeypatch.setenv(name, "mine")
    assert {PACKAGE_MANAGERS["uv"].environment()[name] for name in names} == {"mine"}


def test_a_program_in_the_current_folder_is_not_a_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path, "echo 99.0", "poetry")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".::tools")
    assert PACKAGE_MANAGERS["poetry"].find() is None
    assert PACKAGE_MANAGERS["poetry"].environment()["PATH"] == ""


@posix
def test_a_version_is_asked_for_outside_any_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UV_PROJECT", "/elsewhere")
    assert (
        version_of(str(script(tmp_path, '[ "$PWD$UV_PROJECT" = / ] || echo "fake 1.$PWD"; echo 3.0')))
        == "3.0"
    )
    assert version_of(str(script(tmp_path / "b", f'[ "$PWD" = {tmp_path} ] && exit 1; echo 3.1'))) == "3.1"


# The files of pip.


@pytest.fixture(scope="module")
def project_with_pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment that has a pip, as the first step makes it."""
    project = tmp_path_factory.mktemp("project")
    pip = PACKAGE_MANAGERS["pip"]
    subprocess.run(pip.command(pip.steps[0]), cwd=project, check=True, env=pip.environment(project))
    return project


PIP_CONF = """\
[global]
index-url = https://files.example/simple
timeout = 7
target = /elsewhere
python = /nowhere/python
quiet = 3
[install]
user = true
no-deps = true
timeout = 8
extra-index-url =
    https://one.example/simple
    https://two.example/simple
[download]
index-url = https://downloads.example/simple
"""


@pytest.mark.skipif(PACKAGE_MANAGERS["pip"].find() is None, reason="this Python cannot make environments")
def test_only_settings_about_where_packages_come_from_are_read_from_pips_files(
    project_with_pip: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    write(home, {"pip.conf": PIP_CONF, "logging.py": "1 / 0\n"})
    monkeypatch.setenv("PIP_CONFIG_FILE", str(home / "pip.conf"))
    monkeypatch.setenv("PIP_RETRIES", "2")
    environment = PACKAGE_MANAGERS["pip"].environment(project_with_pip)
    wanted = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "https://files.example/simple",
        "PIP_EXTRA_INDEX_URL": "\nhttps://one.example/simple\nhttps://two.example/simple",
        "PIP_TIMEOUT": "8",
        "PIP_RETRIES": "2",
    }
    assert {name: environment.get(name) for name in wanted} == wanted
    assert not {"PIP_TARGET", "PIP_PYTHON", "PIP_USER", "PIP_NO_DEPS"} & environment.keys()
    assert set(PACKAGE_MANAGERS["pip"].in_force(project_with_pip)) >= {"PIP_INDEX_URL", "PIP_TIMEOUT"}


@pytest.mark.skipif(PACKAGE_MANAGERS["pip"].find() is None, reason="this Python cannot make environments")
def test_files_that_pip_cannot_read_are_left_to_pip_to_name(
    project_with_pip: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, {"pip.conf": "[global\n"})
    monkeypatch.setenv("PIP_CONFIG_FILE", str(home / "pip.conf"))
    environment = PACKAGE_MANAGERS["pip"].environment(project_with_pip)
    assert environment["PIP_CONFIG_FILE"] == str(home / "pip.conf")


def test_pips_files_are_not_read_before_there_is_an_environment(tmp_path: Path) -> None:
    assert PACKAGE_MANAGERS["pip"].settings_in(tmp_path, {}) == {}


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


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_pip_is_not_offered_by_a_python_that_lacks_a_part_of_venv(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert PACKAGE_MANAGERS["pip"].find() is None
