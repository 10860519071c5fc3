"""Limits on the size of templates and projects, and names that no project may have."""

import os
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from fastkit.machine.folders import LONGEST_PATH, entries

MOST_FILES = 10_000
MOST_BYTES = 256 * 1024 * 1024

DEEPEST = 100
"""Levels of folders in a template or a project."""

MOST_FILES_FETCHED = 50_000
"""In one commit of a repository, folders included, even if the template is trusted."""

MOST_BYTES_FETCHED = 512 * 1024 * 1024
"""Of those files together, and of what git stores of them."""


KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class BoundsError(Exception):
    """
    Attributes:
        path: the file or folder at fault, relative to the folder that was checked; None for the whole folder.
    """

    def __init__(self, problem: str, path: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path


@dataclass
class Tally:
    """The number and size of the files counted so far."""

    most_files: int = field(default_factory=lambda: MOST_FILES)
    most_bytes: int = field(default_factory=lambda: MOST_BYTES)
    files: int = 0
    size: int = 0

    def add(self, size: int) -> None:
        self.files += 1
        self.size += size
        if self.files > self.most_files:
            raise BoundsError(f"has more than {self.most_files:,} files")
        if self.size > self.most_bytes:
            raise BoundsError(f"has more than {self.most_bytes:,} bytes")


def fetched() -> Tally:
    """A tally with the limits for a repository."""
    return Tally(MOST_FILES_FETCHED, MOST_BYTES_FETCHED)


def check_template(folder: Path, *, trusted: bool) -> None:
    """
    Raises:
        BoundsError: the folder nests too deep or, if nobody trusts it, is too large, or has something
            other than files, folders and links.
    """
    tally = Tally()
    for path, entry in entries(folder, rendered=True):
        if path.count("/") > DEEPEST:
            raise BoundsError(f"nests folders deeper than {DEEPEST} levels")
        if trusted:
            continue
        found = entry.stat(follow_symlinks=False)
        tally.add(found.st_size)
        kind = stat.S_IFMT(found.st_mode)
        if kind in KINDS:
            raise BoundsError(f"is {KINDS[kind]}, which no project can have", path)
        if entry.is_symlink() and above_itself(Path(entry.path)):
            raise BoundsError("is a link to a folder that it lies in", path)


def above_itself(link: Path) -> bool:
    target = Path(os.path.realpath(link))
    return target.is_dir() and Path(os.path.realpath(link.parent)).is_relative_to(target)


def growth(folder: Path, tally: Tally) -> str:
    """What a folder that is still being filled already has too much of; empty if nothing."""
    try:
        for _, entry in entries(folder):
            tally.add(entry.stat(follow_symlinks=False).st_size)
    except BoundsError as error:
        return error.problem
    except OSError:  # does not exist yet, or was just moved
        return ""
    return ""


def check_project(project: Path, *, trusted: bool) -> None:
    """
    Raises:
        BoundsError: the project has something that git may take for a repository; or the template is
            not trusted, and the project is too large or has a link that leads out of it.
    """
    tally = Tally()
    parts: dict[str, set[str]] = {}
    for path, entry in entries(project):
        if acts_as_git(entry.name):
            raise BoundsError("acts as a git repository on some file systems", path)
        folder = path.rpartition("/")[0]
        if path.count("/") > DEEPEST:
            raise BoundsError(f"nests folders deeper than {DEEPEST} levels")
        if is_bare(parts.setdefault(folder, set()), entry.name):
            raise BoundsError("acts as a bare git repository", folder or None)
        if trusted:
            continue
        tally.add(entry.stat(follow_symlinks=False).st_size)
        if len(path) > LONGEST_PATH:
            raise BoundsError(f"has more than {LONGEST_PATH} characters", path[:60] + "…")
        if entry.is_symlink() and leads_out(Path(entry.path), project):
            raise BoundsError("is a link that leads out of the project", path)


def leads_out(link: Path, project: Path) -> bool:
    target = link.readlink()
    inside = Path(os.path.realpath(link)).is_relative_to(os.path.realpath(project))
    return target.is_absolute() or not inside


def is_bare(parts: set[str], name: str) -> bool:
    """Add a name to those of a folder, and tell whether git would take that folder for a repository.

    Source: https://github.com/git/git/blob/master/setup.c, is_git_directory
    """
    parts.add(folded(name))
    return "head" in parts and (parts >= {"objects", "refs"} or "commondir" in parts)


def acts_as_git(name: str) -> bool:
    return folded(name) in (".git", "git~1")


def folded(name: str) -> str:
    """The name as a file system sees it that ignores case, trailing dots or some characters.

    Source: https://github.com/git/git/blob/master/path.c and utf8.c, is_ntfs_dotgit and is_hfs_dotgit
    """
    shown = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) != "Cf")
    return shown.casefold().split(":")[0].split("\\")[0].rstrip(" .")
