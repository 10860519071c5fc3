"""The entries that git's index has for a project."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from fastkit.machine import git
from fastkit.update.repository import Entry, Repository

HIDDEN = {"S": "--no-skip-worktree", "s": "--no-skip-worktree", "h": "--no-assume-unchanged"}
"""By the letter that `git ls-files -v` shows for a file."""


@dataclass(frozen=True)
class Indexed:
    """
    Attributes:
        hidden: the option of `git update-index` that makes git look at the file again.
    """

    entry: Entry
    hidden: str = ""


Index = Mapping[str, Indexed]
"""By path below the project."""

Lines = Iterable[tuple[str, int, Entry | None]]
"""Path, stage and entry of the index; a path without an entry leaves it."""


def read_index(repository: Repository) -> dict[str, Indexed]:
    found = {}
    for line in repository.lines("ls-files", "-v", "--stage", "-z", "--", "."):
        about, _, path = line.partition("\t")
        letter, mode, blob, _ = about.split()
        found[path] = Indexed(Entry(mode, blob), HIDDEN.get(letter, ""))
    return found


def set_entries(repository: Repository, lines: Lines, variables: Mapping[str, str] | None = None) -> None:
    """Change entries in one step."""
    nothing = "0" * 40 if repository.object_format == "sha1" else "0" * 64
    text = "".join(
        f"{entry.mode} {entry.blob} {stage}\t{repository.prefix}{path}\0"
        if entry
        else f"0 {nothing}\t{repository.prefix}{path}\0"
        for path, stage, entry in lines
    )
    repository.write("update-index", "-z", "--index-info", stdin=os.fsencode(text), variables=variables)


def refresh(repository: Repository) -> None:
    """Save the next `git status` from reading the files."""
    with suppress(git.GitError, OSError):
        repository.write("update-index", "-q", "--refresh")
