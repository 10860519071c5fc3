"""Undoes an update: the files that it replaces stay in the repository's own folder until the next one.

An update notes what it is about to do before it does any of it, and moves each file of the owner's aside
before another takes its place. Whatever stops it, the files only have to be moved back, which does no harm
when it is done twice.
"""

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from fastkit.errors import NotReady, ProjectError
from fastkit.machine import git
from fastkit.machine.files import is_file_or_link, move, set_aside
from fastkit.machine.interrupts import undisturbed
from fastkit.update.index import refresh, set_entries
from fastkit.update.repository import Entry, Repository, check_settled, committed, locate

UNDO = "fastkit update --undo"


@dataclass(frozen=True)
class Before:
    """A project as it was, as far as an update touches it.

    Attributes:
        tree: of the project in the last commit.
        entries: of the index, by path; None where it had none.
        folders: the modes of those that hold the files; None where there was none.
    """

    tree: str
    entries: Mapping[str, Entry | None]
    folders: Mapping[str, int | None]


@dataclass(frozen=True)
class Journal:
    """Keeps the new files of an update until they are in place, and the owner's that they replace."""

    repository: Repository

    @property
    def note(self) -> Path:
        return self.repository.journal / "before.json"

    @property
    def working_tree(self) -> Path:
        return self.repository.journal / "new"

    def staged(self, path: str) -> Path:
        """Where a new file is before it is moved in place."""
        return self.working_tree / f"{self.repository.prefix}{path}"

    def aside(self, path: str) -> Path:
        """Where a file of the owner's is while another is in its place."""
        return self.repository.journal / "old" / path

    def undone(self, path: str) -> Path:
        """Where a file goes when the owner's comes back."""
        return self.repository.journal / "undone" / path

    def lock(self) -> None:
        """Keep other updates out until the end, or after a kill until the undo.

        Raises:
            NotReady: another update is under way, or was stopped.
        """
        self.repository.journal.parent.mkdir(exist_ok=True)
        with suppress(FileExistsError):
            self.repository.lock.touch(exist_ok=False)
            return
        check_settled(self.repository)

    def clear(self) -> None:
        """Forget an earlier update, and make room for another."""
        self.note.unlink(missing_ok=True)
        shutil.rmtree(self.repository.journal, ignore_errors=True)
        self.working_tree.mkdir(parents=True)

    def write(self, before: Before) -> None:
        """Note what the update touches; this must be there before anything is moved."""
        part = self.note.with_suffix(".part")
        part.write_text(json.dumps(asdict(before)), "ascii")
        part.rename(self.note)

    def read(self) -> Before | None:
        try:
            noted = json.loads(self.note.read_text("ascii"))
        except (OSError, ValueError):
            return None
        entries = {path: Entry(**entry) if entry else None for path, entry in noted["entries"].items()}
        return Before(noted["tree"], entries, noted["folders"])

    def close(self) -> None:
        """Forget all but the files that went when the owner's came back."""
        self.note.unlink()
        for folder in (self.working_tree, self.repository.journal / "old"):
            shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            self.repository.journal.rmdir()

    def unlock(self) -> None:
        self.repository.lock.unlink(missing_ok=True)


@dataclass(frozen=True)
class Undone:
    """
    Attributes:
        files: that the update had changed.
        kept: the folder with their content until now, which stays until the next update.
    """

    files: tuple[str, ...]
    kept: Path | None


def undo(project: Path) -> Undone:
    """Take back the update that is not committed yet.

    Raises:
        ProjectError: there is none, or the disk or git refused.
    """
    journal = Journal(locate(project))
    before = journal.read()
    if before is None or before.tree != committed(project):
        journal.unlock()
        raise NotReady("there is no update to take back", "`git revert` undoes a commit")
    with undisturbed():
        try:
            restore(journal, before, keep=True)
        except (git.GitError, OSError) as error:
            problem = f"the update cannot be taken back completely: {cause(error)}"
            raise ProjectError(problem, "fix the cause, and try again") from error
    kept = journal.undone("")
    return Undone(tuple(sorted(before.entries)), kept if kept.exists() else None)


def cause(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.strerror}: `{error.filename}`"
    return str(getattr(error, "problem", error))


def restore(journal: Journal, before: Before, *, keep: bool, index: bool = True) -> None:
    """Give the owner their files and their index back, and forget the update.

    Args:
        keep: files that the update made go aside, as their owner may have changed them.
    """
    move_back(journal, before, keep=keep)
    if index:
        gone = [(path, 0, None) for path in before.entries]
        back = [(path, 0, entry) for path, entry in before.entries.items() if entry]
        set_entries(journal.repository, [*gone, *back])
        refresh(journal.repository)
    journal.close()
    journal.unlock()


def move_back(journal: Journal, before: Before, *, keep: bool) -> None:
    """Remove what the update made, and put each file of the owner's back in its place."""
    project = journal.repository.project
    for path, entry in before.entries.items():
        clear(journal, path, is_new=entry is None, keep=keep)
    for folder, mode in sorted(before.folders.items(), reverse=True):
        if mode is None:
            with suppress(OSError):
                (project / folder).rmdir()
    for folder, mode in sorted(before.folders.items()):
        if mode is not None and not (project / folder).is_dir():
            (project / folder).mkdir()
            (project / folder).chmod(mode)
    for path in before.entries:
        if is_file_or_link(journal.aside(path)):
            move(journal.aside(path), project / path)


def clear(journal: Journal, path: str, *, is_new: bool, keep: bool) -> None:
    """Remove what an update put at a path where nothing was, and keep what it put in another's place."""
    place, kept = journal.repository.project / path, journal.undone(path)
    if not is_file_or_link(place) or os.path.lexists(kept):
        return
    if is_file_or_link(journal.aside(path)):  # which comes back over it
        if keep:
            set_aside(place, kept)
    elif is_new and not os.path.lexists(journal.staged(path)):
        move(place, kept) if keep else place.unlink()
