"""What keeps updates apart, and takes one back."""

import errno
import stat
from pathlib import Path
from typing import Any

import pytest

from fastkit.errors import NotReady, ProjectError
from fastkit.update import undo
from fastkit.update.repository import locate
from tests.support.living import World, git, update
from tests.support.update_cases import CASES


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "templates"))
    return World(tmp_path / "templates", tmp_path).begin(CASES[0])


def test_two_updates_of_a_project_are_kept_apart(project: Path) -> None:
    journal = undo.Journal(locate(project))
    journal.lock()
    with pytest.raises(NotReady, match="was stopped before its end"):
        journal.lock()
    journal.unlock()
    journal.lock()


def test_a_disk_that_refuses_what_an_undo_restores_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **settings: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "a.txt")

    update(project)
    monkeypatch.setattr(undo, "restore", refuse)
    with pytest.raises(ProjectError) as error:
        undo.undo(project)
    problem = "the update cannot be taken back completely: No space left on device: `a.txt`"
    assert error.value.message == problem


def test_a_folder_that_comes_back_has_the_mode_that_it_had(project: Path) -> None:
    world = World(project.parent / "templates", project.parent)
    world.template("1.1.0", {"private/a.txt": "a\n"})
    update(project)
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message=one")
    (project / "private").chmod(0o700)
    (world.templates / "demo/project/private/a.txt").unlink()
    world.template("1.2.0", {"b.txt": "b\n"})
    update(project)
    assert not (project / "private").exists()
    undo.undo(project)
    assert stat.S_IMODE((project / "private").stat().st_mode) == 0o700


def test_an_undo_removes_a_new_file_only_once_the_update_has_put_it_there(project: Path) -> None:
    journal = undo.Journal(locate(project))
    journal.clear()
    place = project / "new.txt"
    for file in (place, journal.staged("new.txt")):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x\n")
    undo.clear(journal, "new.txt", is_new=True, keep=False)
    assert place.exists()
    journal.staged("new.txt").unlink()
    undo.clear(journal, "new.txt", is_new=True, keep=False)
    assert not place.exists()
