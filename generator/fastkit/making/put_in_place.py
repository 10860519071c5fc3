"""Moves rendered files to the destination: all of them, or none."""

import os
import shutil
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path, PurePath
from typing import Literal

from fastkit.errors import DestinationConflict
from fastkit.machine.disk import disk_error
from fastkit.machine.folders import files_below
from fastkit.machine.interrupts import undisturbed
from fastkit.machine.moves import Moves
from fastkit.plan import Existing, Plan

Status = Literal["create", "identical", "overwrite", "keep", "conflict"]


@dataclass(frozen=True)
class Change:
    """One file of the project.

    Attributes:
        path: below the project, with `/`.
        size: in bytes.
        status: what carrying out the plan does with it.
        diff: unified, for a text file whose content in the destination differs.
    """

    path: str
    size: int
    status: Status
    diff: str = ""


def changes(
    project: Path, destination: Path, existing: Existing, keep: Container[str] = ()
) -> tuple[Change, ...]:
    """What happens to each file of the rendered project, sorted by path.

    Args:
        keep: files of the destination that stay, whatever happens to the others.
    """
    return tuple(
        change(project, path, destination, Existing.KEEP if path in keep else existing)
        for path in files_below(project)
    )


def change(project: Path, path: str, destination: Path, existing: Existing) -> Change:
    new, old = project / path, destination / path
    size = 0 if path.endswith("/") else new.lstat().st_size
    if not in_the_way(old, destination):
        return Change(path, size, "create")
    if same(new, old):
        return Change(path, size, "identical")
    status: dict[Existing, Status] = {
        Existing.REFUSE: "conflict",
        Existing.OVERWRITE: "overwrite" if replaceable(new, old, destination) else "conflict",
        Existing.KEEP: "keep",
    }
    return Change(path, size, status[existing], diff(new, old, path))


def in_the_way(old: Path, destination: Path) -> bool:
    """Whether something is at this path, or a file or a link out of the project is above it."""
    return os.path.lexists(old) or not folder_is_ours(old.parent, destination)


def folder_is_ours(folder: Path, destination: Path) -> bool:
    """Whether a folder is, or can be made, inside of the destination without following a link out."""
    if not os.path.lexists(folder):
        return folder == destination or folder_is_ours(folder.parent, destination)
    if folder == destination:
        return folder.is_dir()
    return folder.is_dir() and folder.resolve().is_relative_to(destination.resolve())


def replaceable(new: Path, old: Path, destination: Path) -> bool:
    """A file, or a link, for a file: never a file for a folder, nor a folder for a file."""
    is_file = old.is_symlink() or not old.is_dir()
    return folder_is_ours(old.parent, destination) and is_file and (new.is_symlink() or not new.is_dir())


def same(new: Path, old: Path) -> bool:
    if new.is_symlink() or old.is_symlink():
        return new.is_symlink() and old.is_symlink() and new.readlink() == old.readlink()
    if new.is_dir() or old.is_dir():
        return new.is_dir() and old.is_dir()
    return old.is_file() and new.read_bytes() == old.read_bytes()


LARGEST_DIFF = 1_000_000
"""Bytes of a file whose lines are compared, in time that is quadratic in their number."""


def diff(new: Path, old: Path, path: str) -> str:
    """What overwriting would change in a text file; empty for anything else."""
    if not (old.is_file() and new.is_file()) or max(old.stat().st_size, new.stat().st_size) > LARGEST_DIFF:
        return ""
    try:
        before, after = text_lines(old), text_lines(new)
    except (OSError, UnicodeDecodeError):
        return ""
    lines = unified_diff(before, after, f"{path} (yours)", f"{path} (new)", lineterm="")
    return "\n".join(line.removesuffix("\n") for line in lines)


NO_END = "\n\\ No newline at end of file"


def text_lines(file: Path) -> list[str]:
    """The lines of a file with their line ends, which may be the only difference."""
    lines = file.read_bytes().decode().split("\n")
    last = [lines[-1] + NO_END] if lines[-1] else []
    return [f"{line}\n" for line in lines[:-1]] + last


@contextmanager
def taken_back_on_error(project: Path, destination: Path) -> Iterator[Moves]:
    """Moves from a rendered project to its destination; an error or interrupt in the block undoes them all.

    It also removes a repository that the block has begun among these files. Nothing moves before the block
    is entered: a signal in between would leave the files where they are.

    Raises:
        DestinationError: the disk is full or not writable.
    """
    moves = Moves(project, destination)
    repository = destination / ".git"
    has_one = os.path.lexists(repository)
    try:
        yield moves
    except BaseException as error:
        with undisturbed():
            if moves.moved and not has_one:  # else it is that of another run, which was first
                shutil.rmtree(repository, ignore_errors=True)
            moves.back()
        if isinstance(error, OSError):
            raise disk_error(error, destination) from error
        raise


def put_in_place(moves: Moves, plan: Plan, keep: Container[str] = ()) -> tuple[Change, ...]:
    """Move a rendered project to its destination: in one rename, or file by file.

    Raises:
        DestinationConflict: files of other content are there; nothing was touched.
        OSError: the disk refuses.
    """
    is_new = not plan.destination.exists()
    found = changes(moves.staged, plan.destination, plan.existing, keep)
    if conflicts := [change.path for change in found if change.status == "conflict"]:
        raise DestinationConflict(plan.destination, conflicts)
    with undisturbed():
        moves.whole() if is_new else move_each(moves, found)
    return found


def move_each(moves: Moves, found: Sequence[Change]) -> None:
    for change in found:
        if change.status not in ("create", "overwrite"):
            continue
        if change.path.endswith("/"):
            moves.empty_folder(PurePath(change.path))
        else:
            moves.file(PurePath(change.path), replaces=change.status == "overwrite")
