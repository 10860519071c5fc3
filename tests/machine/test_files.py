"""Moving and copying single files."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from fastkit.machine.files import copy, is_file_or_link, is_folder, move, set_aside
from tests.support.folders import read, write

posix = pytest.mark.skipif(os.name == "nt", reason="needs links")


def refuse(number: int) -> object:
    def refused(*args: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    return refused


def test_a_file_is_moved_over_another_into_a_new_folder(tmp_path: Path) -> None:
    write(tmp_path, {"a": "new\n", "b": "old\n"})
    move(tmp_path / "a", tmp_path / "b")
    move(tmp_path / "b", tmp_path / "deep/er/c")
    assert read(tmp_path) == {"deep/er/c": "new\n"}


@posix
def test_a_file_or_a_link_is_moved_to_another_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a": "text\n", "link": "-> nowhere"})
    (tmp_path / "a").chmod(0o750)
    monkeypatch.setattr(Path, "replace", refuse(errno.EXDEV))
    move(tmp_path / "a", tmp_path / "to/a")
    move(tmp_path / "link", tmp_path / "to/link")
    assert (tmp_path / "to/a").read_text() == "text\n"
    assert (tmp_path / "to/a").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "to/link").readlink() == Path("nowhere")
    assert [path.name for path in tmp_path.iterdir()] == ["to"]


def test_any_other_error_of_a_move_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a": "text\n"})
    monkeypatch.setattr(Path, "replace", refuse(errno.ENOSPC))
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        move(tmp_path / "a", tmp_path / "b")
    assert read(tmp_path) == {"a": "text\n"}


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a": "text\n"})

    def half(source: Path, target: Path, **options: object) -> None:
        target.write_text("te")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copy2", half)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        copy(tmp_path / "a", tmp_path / "b")
    assert read(tmp_path) == {"a": "text\n"}


@posix
def test_a_file_that_is_set_aside_stays_until_it_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a": "text\n", "b": "text\n"})
    set_aside(tmp_path / "a", tmp_path / "old/a")
    assert (tmp_path / "a").samefile(tmp_path / "old/a")
    monkeypatch.setattr(Path, "hardlink_to", refuse(errno.EPERM))  # as on a disk without hard links
    set_aside(tmp_path / "b", tmp_path / "old/b")
    assert read(tmp_path) == {"a": "text\n", "old/a": "text\n", "old/b": "text\n"}


@posix
def test_a_link_is_set_aside_by_itself(tmp_path: Path) -> None:
    write(tmp_path, {"a": "text\n", "link": "-> a"})
    set_aside(tmp_path / "link", tmp_path / "old/link")
    assert (tmp_path / "old/link").is_symlink()
    assert not os.path.lexists(tmp_path / "link")


@posix
def test_a_link_to_a_folder_is_not_a_folder(tmp_path: Path) -> None:
    write(tmp_path, {"folder/a": "", "link": "-> folder", "broken": "-> nowhere"})
    assert [is_folder(tmp_path / name) for name in ("folder", "link", "broken", "none")] == [True] + 3 * [
        False
    ]
    names = ("folder", "folder/a", "link", "broken", "none")
    assert [is_file_or_link(tmp_path / name) for name in names] == [False, True, True, True, False]
