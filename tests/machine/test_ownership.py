"""The owner of a folder that is found above the current one."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fastkit.errors import ProjectError, ServerError
from fastkit.machine.ownership import why_not_ours
from fastkit.record.project_yml import RECORD, find_project
from fastkit.serving.server import find_server
from tests.support.folders import write

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has access lists")

STRANGER = 54321

SERVED = {
    "pyproject.toml": "",
    "main.py": "",
    ".venv/bin/python": "",
    ".venv/lib/python3.11/site-packages/uvicorn/__main__.py": "",
    "sub/x": "",
    RECORD: "",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that can be served and updated, in a folder of the user."""
    return write(tmp_path / "shop", SERVED)


@pytest.fixture
def give_away(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives files to another user: really as root, else by faking who runs fastkit from then on."""

    def give(*paths: Path) -> None:
        for path in paths:
            if os.geteuid() == 0:
                os.chown(path, STRANGER, -1, follow_symlinks=False)
            else:
                monkeypatch.setattr("fastkit.machine.ownership.owners", lambda: {0, STRANGER})

    return give


def refused(project: Path, start: Path) -> list[str]:
    """The error of each search that refuses the project."""
    said = []
    for search in (find_server, find_project):
        try:
            search(start)
        except (ServerError, ProjectError) as error:
            said.append(error.message.partition(": ")[2])
    return said


def test_a_project_of_the_user_is_found_from_below(project: Path) -> None:
    assert find_server(project / "sub").project == find_project(project / "sub") == project


@pytest.mark.parametrize("mode", [0o777, 0o1777], ids=["open", "sticky"])
def test_no_project_is_found_in_a_world_writable_folder_above(mode: int, project: Path) -> None:
    project.chmod(mode)
    assert refused(project, project / "sub") == [f"everybody can write in `{project}`"] * 2
    with pytest.raises(ServerError) as error:
        find_server(project / "sub")
    assert error.value.hint.startswith(f"go into a project of your own, or into `{project}` itself")


@pytest.mark.parametrize("mode", [0o777, 0o1777], ids=["open", "sticky"])
def test_a_project_in_a_world_writable_folder_is_used_from_inside(mode: int, project: Path) -> None:
    project.chmod(mode)
    assert find_server(project).project == find_project(project) == project


@pytest.mark.parametrize("mode", [0o770, 0o755, 0o700])
def test_a_group_may_write(mode: int, project: Path) -> None:
    project.chmod(mode)
    assert refused(project, project / "sub") == []


def test_a_project_of_another_user_is_not_found_from_below(
    project: Path, give_away: Callable[..., None]
) -> None:
    give_away(project)
    assert [said.split("` belongs")[0] for said in refused(project, project / "sub")] == [f"`{project}"] * 2


def test_a_project_of_another_user_is_used_from_its_own_folder(
    project: Path, give_away: Callable[..., None]
) -> None:
    give_away(project, project / ".venv", project / "pyproject.toml")
    assert refused(project, project) == []


@pytest.mark.parametrize("path", ["pyproject.toml", ".venv", ".venv/bin/python"])
def test_files_of_others_in_a_world_writable_folder_are_not_run(
    path: str, project: Path, give_away: Callable[..., None]
) -> None:
    project.chmod(0o1777)
    give_away(project / path)
    with pytest.raises(ServerError, match="belongs to"):
        find_server(project)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root is called by sudo")
def test_files_of_the_caller_of_sudo_count_as_own(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(project, STRANGER, -1)
    assert why_not_ours(project, project / "sub") == f"`{project}` belongs to `{STRANGER}`"
    monkeypatch.setenv("SUDO_UID", str(STRANGER))
    assert why_not_ours(project, project / "sub") == ""
