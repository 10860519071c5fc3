"""Puts a merge into a project's working tree and index."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from fastkit.errors import NotReady, ProjectError
from fastkit.machine import git
from fastkit.machine.files import copy, is_folder, move, set_aside
from fastkit.machine.interrupts import undisturbed
from fastkit.update.index import Index, refresh, set_entries
from fastkit.update.merge import Merge, Scratch
from fastkit.update.refusals import check_owners, folders_above
from fastkit.update.repository import Entry, Repository, check_clean, committed
from fastkit.update.undo import UNDO, Before, Journal, cause, restore

EXECUTABLE = "100755"


def put_in_place(repository: Repository, scratch: Scratch, merge: Merge) -> None:
    """Change the files, then the index in one step.

    Raises:
        NotReady: the project is no longer what the update was worked out for.
        ProjectError: the disk or git refused; the project is as it was, or the hint says how to undo the
            rest.
    """
    journal = Journal(repository)
    with undisturbed():
        try:
            before = prepare(journal, scratch, merge)
            change_all(journal, merge, before)
        except (git.GitError, OSError) as error:
            message = f"the update cannot be put in place: {cause(error)}"
            raise ProjectError(message, "the project is as it was: fix the cause, and try again") from error
    refresh(repository)


def prepare(journal: Journal, scratch: Scratch, merge: Merge) -> Before:
    """Do everything that can fail without a change to the project, and note what is about to be done."""
    repository = journal.repository
    journal.lock()
    try:
        check_unchanged(repository)
        before = state_of(repository, merge, check_owners(repository, merge))
        bring_objects(repository, scratch, merge)
        journal.clear()
        stage(journal, merge)
        journal.write(before)
        return before
    except BaseException:
        journal.unlock()
        raise


def check_unchanged(repository: Repository) -> None:
    if repository.tree == repository.head:
        check_clean(repository)
    if committed(repository.project) != repository.head:
        raise NotReady("the project was committed in the meantime", "run the command again")


def state_of(repository: Repository, merge: Merge, index: Index) -> Before:
    entries = {path: index[path].entry if path in index else None for path in merge.touched}
    folders = {folder for path in entries for folder in folders_above(path)}
    modes = {folder: mode_of(repository.project / folder) for folder in sorted(folders)}
    return Before(repository.head, entries, modes)


def mode_of(folder: Path) -> int | None:
    return folder.stat().st_mode & 0o7777 if is_folder(folder) else None


def change_all(journal: Journal, merge: Merge, before: Before) -> None:
    repository = journal.repository
    old_index = identity(repository.index)
    try:
        put_files(journal, merge, before)
        set_entries(repository, index_entries(merge))
        journal.unlock()
    except BaseException:
        take_back(journal, before, index=identity(repository.index) != old_index)
        raise
    for path, entry in merge.changed.items():
        if entry is None:
            remove_empty_folders(repository.project, path)


def identity(index: Path) -> tuple[int, int]:
    """Differs once the index has changed, as git always writes a new file."""
    found = index.stat()
    return found.st_ino, found.st_mtime_ns


def take_back(journal: Journal, before: Before, *, index: bool) -> None:
    """
    Raises:
        ProjectError: the disk or git refuses that as well.
    """
    try:
        restore(journal, before, keep=False, index=index)
    except (git.GitError, OSError) as error:
        raise ProjectError(
            f"the update stopped halfway, and cannot be taken back yet: {cause(error)}",
            f"fix the cause, and take it back with `{UNDO}`",
        ) from error


# Before.


def bring_objects(repository: Repository, scratch: Scratch, merge: Merge) -> None:
    conflicting = [entry for stages in merge.conflicts.values() for entry in stages.values()]
    blobs = sorted({entry.blob for entry in (*merge.changed.values(), *conflicting) if entry})
    pack = scratch.git("pack-objects", "--stdout", "-q", stdin="\n".join([*blobs, ""]).encode())
    repository.write("unpack-objects", "-q", stdin=pack)


def index_entries(merge: Merge) -> Iterator[tuple[str, int, Entry | None]]:
    for path, entry in merge.changed.items():
        if path not in merge.conflicts:
            yield path, 0, entry
    for path, stages in merge.conflicts.items():
        yield path, 0, None
        for stage, entry in stages.items():
            yield path, stage, entry


def stage(journal: Journal, merge: Merge) -> None:
    """Write the new files into the journal as git would write them in place: with line ends and encodings.

    git reads their attributes from an index that holds nothing but these files and `.gitattributes`.
    """
    repository = journal.repository
    private = {"GIT_INDEX_FILE": str(repository.journal / "index")}
    attributes = repository.lines(
        "ls-files", "--stage", "-z", "--full-name", "--", ":(top,glob)**/.gitattributes"
    )
    listed = os.fsencode("".join(f"{line}\0" for line in attributes))
    repository.write("update-index", "-z", "--index-info", stdin=listed, variables=private)
    # for a conflict, this is the file with its markers
    set_entries(repository, [(path, 0, entry) for path, entry in merge.changed.items()], private)
    elsewhere = {"GIT_DIR": str(repository.folder), "GIT_WORK_TREE": str(journal.working_tree)}
    words = ("checkout-index", "--all", "--force", "--quiet")
    repository.write(*words, variables={**private, **elsewhere})


# In place.


def put_files(journal: Journal, merge: Merge, before: Before) -> None:
    project = journal.repository.project
    for path in merge.conflicts:
        if path not in merge.changed and os.path.lexists(project / path):
            copy(project / path, journal.aside(path))
    for path, entry in merge.changed.items():
        if entry is None:
            move(project / path, journal.aside(path))
    for path, entry in merge.changed.items():
        if entry:
            put_file(journal, path, before.entries[path], entry)


def put_file(journal: Journal, path: str, old: Entry | None, new: Entry) -> None:
    place = journal.repository.project / path
    if is_folder(place):
        remove_emptied(place)
    elif os.path.lexists(place):
        set_aside(place, journal.aside(path))
        keep_permissions(journal.aside(path), journal.staged(path))
        if old and old.mode != new.mode:
            set_executable(journal.staged(path), runs=new.mode == EXECUTABLE)
    move(journal.staged(path), place)


def remove_emptied(folder: Path) -> None:
    """Remove a folder of which all files are gone."""
    for below in sorted(folder.rglob("*"), reverse=True):
        below.rmdir()
    folder.rmdir()


def keep_permissions(old: Path, new: Path) -> None:
    """Copy those that git does not keep, such as who may read a file."""
    if not old.is_symlink() and not new.is_symlink():
        new.chmod(old.stat().st_mode & 0o777)


def set_executable(file: Path, *, runs: bool) -> None:
    """For everybody who may read the file."""
    if not file.is_symlink():
        mode = file.stat().st_mode & 0o777
        file.chmod(mode | (mode & 0o444) >> 2 if runs else mode & ~0o111)


def remove_empty_folders(project: Path, path: str) -> None:
    """Remove the folders that are empty without a file."""
    for folder in reversed(folders_above(path)):
        with suppress(OSError):
            (project / folder).rmdir()
