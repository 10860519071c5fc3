"""Files of the owner where an update would write: they are named, and stay as they are."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fastkit.errors import NotReady
from fastkit.update.prepare import prepared
from fastkit.update.request import Request
from fastkit.update.undo import undo
from tests.support.folders import tree
from tests.support.living import World, change, commit, content, git, update
from tests.support.repositories import make_repository
from tests.support.update_cases import PROSE, edited


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "templates"))
    (tmp_path / "place").mkdir()
    return World(tmp_path / "templates", tmp_path / "place")


@pytest.fixture
def project(world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a project with `a.txt` and `b.txt`."""
    world.template("1.0.0", {"a.txt": PROSE, "b.txt": PROSE})
    monkeypatch.chdir(world.start())
    return world.project


def refused(project: Path) -> NotReady:
    """The error of an update that changes nothing and leaves nothing to undo."""
    before = tree(project)
    with pytest.raises(NotReady) as caught, prepared(project, Request(), None) as found:
        found.apply()
    assert tree(project) == before
    with pytest.raises(NotReady, match="there is no update to take back"):
        undo(project)
    assert tree(project) == before
    return caught.value


def carry_out(hint: str) -> None:
    """Run the command of a hint."""
    subprocess.run(hint.split("`")[1], shell=True, check=True)


# Files that git does not look at.


@pytest.mark.parametrize("flag", ["skip-worktree", "assume-unchanged"])
@pytest.mark.parametrize("gone", [True, False], ids=["removed", "changed"])
def test_files_that_git_does_not_look_at_are_not_changed(
    gone: bool, flag: str, project: Path, world: World
) -> None:
    git(project, "update-index", f"--{flag}", "a.txt")
    change(project, {"a.txt": edited((3, "mine"))})
    world.template("1.1.0", {"a.txt": None if gone else edited((18, "theirs"))})
    error = refused(project)
    assert error.message == "git does not look at files that the update changes: `a.txt`"
    assert error.hint == f"run `git update-index --no-{flag} -- a.txt`"
    carry_out(error.hint)
    git(project, "commit", "--quiet", "--all", "--message=mine")
    update(project)
    assert "mine" in (project / "a.txt").read_text()


def test_files_outside_of_the_update_may_be_hidden(project: Path, world: World) -> None:
    git(project, "update-index", "--assume-unchanged", "b.txt")
    change(project, {"b.txt": "mine\n"})
    world.template("1.1.0", {"a.txt": edited((18, "theirs"))})
    before = tree(project)
    update(project)
    assert content(project)["b.txt"] == b"mine\n"
    undo(project)
    assert tree(project) == before
    assert git(project, "ls-files", "-v", "b.txt") == "h b.txt"


def test_hidden_files_in_conflict_are_refused_too(project: Path, world: World) -> None:
    change(project, {"a.txt": edited((10, "mine"))})
    commit(project)
    git(project, "update-index", "--skip-worktree", "a.txt")
    world.template("1.1.0", {"a.txt": None})
    assert "git does not look at files" in refused(project).message


def test_a_sparse_checkout_is_updated_in_its_checked_out_part(
    project: Path, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(project, {"more/c.txt": PROSE})
    world.template("1.0.1", {"more/c.txt": PROSE})
    commit(project)
    update(project)
    commit(project)
    git(tmp_path, "clone", "--quiet", "--sparse", str(project), "clone")
    clone = tmp_path / "clone"
    git(clone, "sparse-checkout", "set", ".fastkit")
    monkeypatch.chdir(clone)
    world.template("1.1.0", {"a.txt": edited((18, "theirs"))})
    update(clone)
    assert "theirs" in (clone / "a.txt").read_text()
    assert not (clone / "more").exists()
    commit(clone)
    world.template("1.2.0", {"more/c.txt": edited((18, "theirs"))})
    error = refused(clone)
    assert error.hint == "run `git sparse-checkout disable`"
    carry_out(error.hint)
    update(clone)
    assert "theirs" in (clone / "more/c.txt").read_text()


# Files with changes that git does not show.


def unnoticed(file: Path, text: str) -> None:
    """Edit a file without changing its size and its times."""
    before = file.stat()
    assert before.st_size == len(text.encode())
    file.write_bytes(text.encode())
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("gone", [True, False], ids=["removed", "changed"])
def test_an_edit_that_git_has_not_noticed_is_refused(gone: bool, project: Path, world: World) -> None:
    git(project, "config", "core.trustctime", "false")
    git(project, "config", "core.checkStat", "minimal")
    os.utime(project / "a.txt", (1_000_000_000, 1_000_000_000))
    git(project, "update-index", "--refresh")
    unnoticed(project / "a.txt", PROSE.replace("line 3\n", "LINE 3\n"))
    assert git(project, "status", "--porcelain") == ""
    world.template("1.1.0", {"a.txt": None if gone else edited((18, "theirs"))})
    error = refused(project)
    assert error.message == "files differ from the last commit, though git does not show it: `a.txt`"
    git(project, "add", "--renormalize", "--", "a.txt")
    git(project, "commit", "--quiet", "--message=mine")
    update(project)
    assert "LINE 3" in (project / "a.txt").read_text()


def test_an_edit_that_a_filter_hides_from_git_is_not_lost(project: Path, world: World) -> None:
    """Such a filter removes passwords from commits."""
    git(project, "config", "filter.secrets.clean", "sed s/PASSWORD=.*/PASSWORD=/")
    change(project, {".gitattributes": "a.txt filter=secrets\n", "a.txt": PROSE + "PASSWORD=\n"})
    commit(project)
    change(project, {"a.txt": PROSE + "PASSWORD=s3cret\n"})
    git(project, "add", "a.txt")
    assert git(project, "status", "--porcelain") == ""
    world.template("1.1.0", {"a.txt": edited((3, "theirs"))})
    error = refused(project)
    assert "`a.txt`" in error.message


# Files and folders that are not under git.


def link(project: Path, name: str, target: Path) -> None:
    target.mkdir(exist_ok=True)
    (project / name).symlink_to(target)


OBSTACLES: dict[str, Callable[[Path, Path], object]] = {
    "new": lambda project, room: change(project, {"new": "mine\n"}),
    "new/x": lambda project, room: change(project, {"new/x": "mine\n"}),
    "new/x/deep": lambda project, room: change(project, {"new/x/deep": "mine\n"}),
    "new/x/empty": lambda project, room: (project / "new/x/empty").mkdir(parents=True),
    "new/.git": lambda project, room: git(project, "init", "--quiet", "new"),
}


@pytest.mark.parametrize("ignored", [True, False], ids=["ignored", "untracked"])
@pytest.mark.parametrize("name", OBSTACLES)
def test_files_that_are_not_under_git_are_not_replaced(
    name: str, ignored: bool, project: Path, world: World, tmp_path: Path
) -> None:
    if ignored:
        (project / ".git/info/exclude").write_text("new\n")
    OBSTACLES[name](project, tmp_path)
    world.template("1.1.0", {"new/x": "theirs\n"})
    error = refused(project)
    shown = name if name in ("new", "new/.git") else "new/x"
    assert error.message == f"files that are not under git are in the way of new ones: `{shown}`"


@pytest.mark.parametrize("where", ["folder", "file", "nowhere"])
@pytest.mark.parametrize("ignored", [True, False], ids=["ignored", "untracked"])
def test_a_link_of_the_owner_is_neither_removed_nor_written_through(
    where: str, ignored: bool, project: Path, world: World, tmp_path: Path
) -> None:
    if ignored:
        (project / ".git/info/exclude").write_text("data\n")
    target = tmp_path / "target"
    if where != "nowhere":
        change(tmp_path, {"target/x" if where == "folder" else "target": "mine\n"})
    (project / "data").symlink_to(target)
    world.template("1.1.0", {"data/README": "theirs\n"})
    assert refused(project).message == "files that are not under git are in the way of new ones: `data`"
    world.template("1.1.0", {"data/README": None})
    (world.templates / "demo/project/data").rmdir()
    world.template("1.1.0", {"data": "theirs\n"})
    assert refused(project).message == "files that are not under git are in the way of new ones: `data`"


def test_a_folder_above_that_became_a_link_is_refused(world: World, tmp_path: Path) -> None:
    world.template("1.0.0", {"d/a.txt": PROSE})
    project = world.start()
    (project / "d").rename(tmp_path / "elsewhere")
    (project / "d").symlink_to(tmp_path / "elsewhere")
    git(project, "update-index", "--assume-unchanged", "d/a.txt")
    world.template("1.1.0", {"d/a.txt": edited((3, "theirs")), "d/b.txt": "theirs\n"})
    refused(project)
    assert (tmp_path / "elsewhere/a.txt").read_text() == PROSE
    assert not (tmp_path / "elsewhere/b.txt").exists()


def test_a_link_under_git_makes_room_for_a_folder_and_comes_back(project: Path, world: World) -> None:
    change(project, {"other/x": "x\n"})
    (project / "d").symlink_to("other")
    commit(project)
    world.template("1.0.1", {"b.txt": edited((1, "x"))})
    world.template("1.1.0", {"d/x": "theirs\n"})
    before = tree(project)
    taken = update(project)
    assert taken.merge.conflicts
    undo(project)
    assert tree(project) == before


def test_a_folder_that_a_file_replaced_comes_back(world: World) -> None:
    world.template("1.0.0", {"src/a.py": "1\n", "src/b/c.py": "2\n"})
    project = world.start()
    commit(project)
    before = tree(project)
    world.template("1.1.0", {"src/a.py": None, "src/b/c.py": None})
    (world.templates / "demo/project/src/b").rmdir()
    (world.templates / "demo/project/src").rmdir()
    world.template("1.1.0", {"src": "a file by now\n"})

    update(project)
    assert (project / "src").is_file()
    undo(project)

    assert tree(project) == before


def test_files_of_the_owner_beside_removed_files_stay(world: World) -> None:
    world.template("1.0.0", {"d/a.txt": "a\n", "b": "b\n"})
    project = world.start()
    change(project, {"d/mine.log": "mine\n"})
    world.template("1.1.0", {"d/a.txt": None})
    update(project)
    assert content(project) == {"b": b"b\n", "d/mine.log": b"mine\n"}


def test_a_file_for_a_folder_with_a_file_of_the_owner_is_refused(world: World) -> None:
    world.template("1.0.0", {"d/a.txt": "a\n", "b": "b\n"})
    project = world.start()
    change(project, {"d/mine.log": "mine\n"})
    world.template("1.1.0", {"d/a.txt": None})
    (world.templates / "demo/project/d").rmdir()
    world.template("1.1.0", {"d": "theirs\n"})
    assert refused(project).message == "files that are not under git are in the way of new ones: `d/mine.log`"


def test_a_submodule_in_the_way_is_refused(project: Path, world: World, tmp_path: Path) -> None:
    library = make_repository(tmp_path / "library.git")
    library.commit({"lib.py": "lib = 1\n"})
    words = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.bare), "lib"]
    git(project, *words)
    commit(project)
    world.template("1.1.0", {"lib/new.py": "theirs\n"})
    before = tree(project)
    with pytest.raises(Exception, match=r"submodule|in the way"), prepared(project, Request(), None) as found:
        found.apply()
    assert tree(project) == before


# Changes between the question and the answer.


def test_an_edit_while_the_question_is_open_is_refused(project: Path, world: World) -> None:
    world.template("1.1.0", {"a.txt": edited((18, "theirs")), "new": "theirs\n"})
    with prepared(project, Request(), None) as found:
        change(project, {"new": "mine\n"})
        with pytest.raises(NotReady, match="in the way of new ones: `new`"):
            found.apply()
        (project / "new").unlink()
        change(project, {"a.txt": "mine\n"})
        with pytest.raises(NotReady, match="not committed"):
            found.apply()
        commit(project)
        with pytest.raises(NotReady, match="committed in the meantime"):
            found.apply()
    assert content(project) == {"a.txt": b"mine\n", "b.txt": PROSE.encode()}


def test_a_refusal_keeps_the_undo_of_the_last_update(project: Path, world: World) -> None:
    before = tree(project)
    world.template("1.1.0", {"a.txt": edited((18, "theirs"))})
    update(project)
    with pytest.raises(NotReady, match="not committed"):
        update(project)
    undo(project)
    assert tree(project) == before
