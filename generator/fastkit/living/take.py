"""A merge on its way into a project's work tree and index."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from fastkit import git
from fastkit.errors import ProjectError
from fastkit.interrupts import undisturbed
from fastkit.living.merge import Entry, Merge, Scratch
from fastkit.living.repository import UNDO, Repository


def take(repository: Repository, scratch: Scratch, merge: Merge) -> None:
    """Change the index in one step, then the files.

    In this order, whatever may stop us leaves nothing that git does not know of: the undo takes back
    every file, written or not.

    Raises:
        ProjectError: the disk or git refused; the project is as it was.
    """
    with undisturbed():
        try:
            bring_objects(repository, scratch, merge)
            private = {"GIT_INDEX_FILE": str(scratch.folder / "files.index")}
            set_entries(repository, at_once(merge), private)
            set_entries(repository, by_stage(merge), {})
        except (git.GitError, OSError) as error:
            raise refused(error) from error
        try:
            put_files(repository.project, merge, private)
        except (git.GitError, OSError) as error:
            git.ask(UNDO, repository.project, alone=True)
            raise refused(error) from error


def refused(error: Exception) -> ProjectError:
    message = f"the update cannot be put in place: {error}"
    return ProjectError(message, "the project is as it was: see to the cause, and try again")


def bring_objects(repository: Repository, scratch: Scratch, merge: Merge) -> None:
    staged = [entry for stages in merge.conflicts.values() for entry in stages.values()]
    blobs = sorted({entry.blob for entry in (*merge.changed.values(), *staged) if entry})
    pack = scratch.git("pack-objects", "--stdout", "-q", given="\n".join([*blobs, ""]).encode())
    git.ask(["unpack-objects", "-q"], repository.project, given=pack, alone=True)


Lines = Iterable[tuple[str, int, Entry | None]]
"""Path, stage and entry of the index; without an entry, the path leaves it."""


def at_once(merge: Merge) -> Lines:
    """What the work tree gets, which for a conflict is the file with its markers."""
    return ((path, 0, entry) for path, entry in merge.changed.items() if entry)


def by_stage(merge: Merge) -> Iterator[tuple[str, int, Entry | None]]:
    """What the index gets."""
    for path, entry in merge.changed.items():
        if path not in merge.conflicts:
            yield path, 0, entry
    for path, stages in merge.conflicts.items():
        yield path, 0, None
        for stage, entry in stages.items():
            yield path, stage, entry


def set_entries(repository: Repository, lines: Lines, extra: Mapping[str, str]) -> None:
    nothing = "0" * 40 if repository.object_format == "sha1" else "0" * 64
    text = "".join(
        f"{entry.mode} {entry.blob} {stage}\t{repository.prefix}{path}\0"
        if entry
        else f"0 {nothing}\t{repository.prefix}{path}\0"
        for path, stage, entry in lines
    )
    words = ["update-index", "-z", "--index-info"]
    git.ask(words, repository.project, given=os.fsencode(text), extra=extra, alone=True)


def put_files(project: Path, merge: Merge, private: Mapping[str, str]) -> None:
    for path, entry in merge.changed.items():
        if entry is None:
            remove(project, path)
    git.ask(["checkout-index", "--all", "--force", "--quiet"], project, extra=private, alone=True)
    with suppress(git.GitError):  # spares the next `git status` from reading the files
        git.ask(["update-index", "-q", "--refresh"], project, alone=True)


def remove(project: Path, path: str) -> None:
    """Remove a file, and the folders that are empty without it."""
    (project / path).unlink(missing_ok=True)
    for folder in (project / path).parents:
        if folder == project or not folder.is_dir() or any(folder.iterdir()):
            return
        folder.rmdir()
