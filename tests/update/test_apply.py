"""An update that cannot be put in place."""

import errno
import stat
from pathlib import Path
from typing import Any

import pytest

from fastkit.errors import ProjectError
from fastkit.update import apply
from fastkit.update.apply import keep_permissions
from fastkit.update.index import set_entries
from tests.support.folders import tree, write
from tests.support.living import World, git, update
from tests.support.update_cases import CASES


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "templates"))
    return World(tmp_path / "templates", tmp_path)


def refuse_the_index(repository: Any, entries: Any, *private: Any) -> None:
    if not private:
        raise OSError(errno.ENOSPC, "No space left on device")
    set_entries(repository, entries, *private)


def test_a_disk_that_refuses_the_index_leaves_the_project_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "set_entries", refuse_the_index)
    project = world.begin(CASES[0])
    before = tree(project)
    with pytest.raises(ProjectError, match=r"^the update cannot be put in place: .*No space left on device$"):
        update(project)
    assert tree(project) == before
    assert git(project, "status", "--porcelain") == ""


def test_a_disk_that_also_refuses_to_take_the_update_back_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_again(*args: Any, **settings: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(apply, "set_entries", refuse_the_index)
    monkeypatch.setattr(apply, "restore", refuse_again)
    with pytest.raises(ProjectError, match=r"^the update stopped halfway, and cannot be taken back yet: "):
        update(world.begin(CASES[0]))


def test_the_permissions_of_a_file_do_not_pass_through_a_link(tmp_path: Path) -> None:
    write(tmp_path, {"old": "", "new": "", "other": "", "link": "-> other"})
    for name, mode in {"old": 0o600, "new": 0o644, "other": 0o644}.items():
        (tmp_path / name).chmod(mode)
    for name in ("new", "link"):
        keep_permissions(tmp_path / "old", tmp_path / name)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("new", "other")]
    assert modes == [0o600, 0o644]
