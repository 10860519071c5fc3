"""Walks folders and reads files of strangers, without following links and without waiting forever."""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

LONGEST_PATH = 400


NEVER_RENDERED = (
    ".git",
    "__pycache__",
    "*.py[co]",
    ".DS_Store",
    ".venv",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
)
"""What tools leave in a template's folder and no project gets, with all that is below it.

Copier's default excludes are off where a template has a `_subdirectory`, and an installed template is
byte-compiled by pip; a rendered `.git/hooks` would run at the first commit."""


def is_never_rendered(path: str) -> bool:
    return any(fnmatchcase(part, pattern) for part in path.split("/") for pattern in NEVER_RENDERED)


def entries(
    folder: Path, *, rendered: bool = False, depth: int = LONGEST_PATH
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The entries below a folder, without following links, each folder before its content.

    Args:
        rendered: leave out what is never rendered.
        depth: the most parts that a path has.
    """
    waiting = [("", str(folder))]
    while waiting:
        prefix, here = waiting.pop()
        with os.scandir(here) as found:
            for entry in found:
                if rendered and is_never_rendered(entry.name):
                    continue
                yield prefix + entry.name, entry
                if prefix.count("/") < depth - 1 and entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{prefix}{entry.name}/", entry.path))


def first_bytes(file: Path, most: int) -> bytes:
    """The beginning of a file.

    Raises:
        OSError: it cannot be read, or might never end.
    """
    if not stat.S_ISREG(file.stat().st_mode):
        raise OSError(errno.EINVAL, "is not a file", str(file))
    with file.open("rb") as stream:
        return stream.read(most)


def files_below(project: Path) -> list[str]:
    """Paths of files, links and empty folders, with `/`; an empty folder ends in it."""
    found = {
        path: "/" if entry.is_dir(follow_symlinks=False) else ""
        for path, entry in entries(project, depth=sys.maxsize)
    }
    full = {path.rpartition("/")[0] for path in found}
    return sorted(path + end for path, end in found.items() if path not in full)


def expanded(path: str | Path) -> Path:
    """The path with `~` expanded; that of an unknown user stays, for which Path.expanduser would raise."""
    return Path(os.path.expanduser(path))  # noqa: PTH111
