"""Repositories and files of every kind that a project may have, through an update and its undo."""

import os
from pathlib import Path

import pytest

from fastkit.errors import NotReady
from fastkit.update.prepare import prepared
from fastkit.update.request import Request
from fastkit.update.undo import undo
from tests.support.folders import tree
from tests.support.living import World, change, commit, content, git, update
from tests.support.update_cases import PROSE, edited


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "templates"))
    (tmp_path / "place").mkdir()
    return World(tmp_path / "templates", tmp_path / "place")


@pytest.fixture
def project(world: World) -> Path:
    world.template("1.0.0", {"a.txt": PROSE, "run.sh": PROSE})
    return world.start()


def check_there_and_back(project: Path, wanted: dict[str, bytes]) -> None:
    """An update makes these files, leaves nothing unstaged, and can be undone completely."""
    before = tree(project)
    assert not update(project).merge.conflicts
    found = content(project)
    assert {path: found[path] for path in wanted} == wanted
    assert git(project, "diff", "--name-only") == ""
    undo(project)
    assert tree(project) == before
    assert git(project, "status", "--porcelain", "--untracked-files=no") == ""


THEIRS = edited((18, "theirs"))


def test_a_repository_of_sha256(world: World, project: Path) -> None:
    for folder in (project / ".git",):
        folder.rename(world.place / "old.git")
    git(project, "init", "--quiet", "--object-format=sha256")
    commit(project)
    world.template("1.1.0", {"a.txt": THEIRS})
    check_there_and_back(project, {"a.txt": THEIRS.encode()})


def test_a_detached_head(world: World, project: Path) -> None:
    git(project, "checkout", "--quiet", "--detach")
    world.template("1.1.0", {"a.txt": THEIRS})
    check_there_and_back(project, {"a.txt": THEIRS.encode()})


def test_a_clone_that_borrows_its_objects(world: World, project: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--shared", str(project), "clone")
    world.template("1.1.0", {"a.txt": THEIRS})
    check_there_and_back(tmp_path / "clone", {"a.txt": THEIRS.encode()})


def test_a_folder_with_a_line_break_in_its_name(world: World, project: Path, tmp_path: Path) -> None:
    (tmp_path / "two\nlines").mkdir()
    moved = project.rename(tmp_path / "two\nlines/shop")
    world.template("1.1.0", {"a.txt": THEIRS})
    check_there_and_back(moved, {"a.txt": THEIRS.encode()})


@pytest.mark.parametrize("bits", [0o600, 0o640, 0o444])
def test_read_permissions_stay(bits: int, world: World, project: Path) -> None:
    (project / "a.txt").chmod(bits)
    world.template("1.1.0", {"a.txt": THEIRS})
    check_there_and_back(project, {"a.txt": THEIRS.encode()})
    update(project)
    assert (project / "a.txt").stat().st_mode & 0o777 == bits


def test_a_file_that_becomes_executable_stays_private(world: World, project: Path) -> None:
    (project / "run.sh").chmod(0o600)
    world.template("1.1.0", {}, executable=["run.sh"])
    update(project)
    assert (project / "run.sh").stat().st_mode & 0o777 == 0o700


def test_modes_stay_where_git_ignores_them(world: World, project: Path) -> None:
    git(project, "config", "core.fileMode", "false")
    (project / "run.sh").chmod(0o755)
    world.template("1.1.0", {"run.sh": THEIRS})
    update(project)
    assert os.access(project / "run.sh", os.X_OK)


@pytest.mark.parametrize(
    ("attributes", "content_of"),
    [
        ("*.txt text eol=crlf", lambda text: text.replace("\n", "\r\n").encode()),
        ("*.txt working-tree-encoding=UTF-16LE eol=lf", lambda text: text.encode("utf-16-le")),
        ("*.txt text=auto", str.encode),
        ("*.txt ident", str.encode),
    ],
)
def test_attributes_of_the_project_are_obeyed(
    attributes: str, content_of: object, world: World, project: Path
) -> None:
    assert callable(content_of)
    change(project, {".gitattributes": attributes + "\n", "a.txt": content_of(PROSE)})
    commit(project)
    (project / "a.txt").unlink()
    git(project, "checkout", "--", "a.txt")
    world.template("1.1.0", {"a.txt": THEIRS, "new.txt": "new\n"})
    check_there_and_back(project, {"a.txt": content_of(THEIRS), "new.txt": content_of("new\n")})


def test_attributes_that_come_with_the_update_are_obeyed(world: World, project: Path) -> None:
    world.template("1.1.0", {".gitattributes": "*.bat text eol=crlf\n", "new.bat": "one\ntwo\n"})
    check_there_and_back(project, {"new.bat": b"one\r\ntwo\r\n"})


def test_a_checkout_without_links(world: World, tmp_path: Path) -> None:
    world.template("1.0.0", {"a.txt": "a\n", "to": "x\n"}, "_preserve_symlinks: true\n")
    (world.templates / "demo/project/link").symlink_to("a.txt")
    project = world.start()
    git(tmp_path, "clone", "--quiet", "--config", "core.symlinks=false", str(project), "clone")
    assert content(tmp_path / "clone")["link"] == b"a.txt"
    (world.templates / "demo/project/link").unlink()
    (world.templates / "demo/project/link").symlink_to("to")
    world.template("1.1.0", {}, "_preserve_symlinks: true\n")
    check_there_and_back(tmp_path / "clone", {"link": b"to"})


def test_names_of_any_kind(world: World, project: Path) -> None:
    names = ["-x", ":(top)y", "*", "q'\"uote", "\\back", "tab\t", "new\nline", " spaces ", "a" * 200, "é"]
    world.template("1.1.0", dict.fromkeys(names, "1\n"))
    check_there_and_back(project, dict.fromkeys(names, b"1\n"))
    update(project)
    commit(project)
    world.template("1.2.0", dict.fromkeys(names, "2\n"))
    check_there_and_back(project, dict.fromkeys(names, b"2\n"))


def test_files_that_are_or_become_empty(world: World, project: Path) -> None:
    world.template("1.1.0", {"a.txt": "", "empty": ""})
    check_there_and_back(project, {"a.txt": b"", "empty": b""})


def test_partially_staged_and_intended_files_are_refused(world: World, project: Path) -> None:
    world.template("1.1.0", {"a.txt": THEIRS, "new": "theirs\n"})
    change(project, {"new": "mine\n"})
    git(project, "add", "--intent-to-add", "new")
    for _ in range(2):
        with pytest.raises(NotReady), prepared(project, Request(), None):
            pass
        git(project, "add", "new")
        change(project, {"new": "mine, too\n"})
    assert content(project)["new"] == b"mine, too\n"


@pytest.mark.parametrize(
    "sign", ["BISECT_LOG", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "sequencer"]
)
def test_an_operation_under_way_is_finished_first(sign: str, world: World, project: Path) -> None:
    (project / ".git" / sign).mkdir()
    world.template("1.1.0", {"a.txt": THEIRS})
    with pytest.raises(NotReady, match="is under way in the repository"), prepared(project, Request(), None):
        pass
