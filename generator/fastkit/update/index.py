"""The entries that git's index has for a project."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from fastkit.machine import git
from fastkit.update.merge import Entry
from fastkit.update.repository import Repository

HIDDEN = {"S": "--no-skip-worktree", "s": "--no-skip-worktree", "h": "--no-assume-unchanged"}
"""By the letter that `git ls-files -v` has for a file."""


@dataclass(frozen=True)
class Indexed:
    """
    Attributes:
        hidden: the option of `git update-index` that lets git look at the file again.
    """

    entry: Entry
    hidden: str = ""


Index = Mapping[str, Indexed]
"""By path below the project."""

Lines = Iterable[tuple[str, int, Entry | None]]
"""Path, stage and entry of the index; without an entry, the path leaves it."""


def read_index(repository: Repository) -> dict[str, Indexed]:
    told = git.run(["ls-files", "-v", "--stage", "-z", "--", "."], repository.project)
    found = {}
    for line in filter(None, told.split(b"\0")):
        about, _, path = line.partition(b"\t")
        letter, mode, blob, _ = about.decode().split()
        found[os.fsdecode(path)] = Indexed(Entry(mode, blob), HIDDEN.get(letter, ""))
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
    words = ["update-index", "-z", "--index-info"]
    git.run(words, repository.project, stdin=os.fsencode(text), variables=variables, own_group=True)


def refresh(repository: Repository) -> None:
    """Spare the next `git status` reading the files."""
    with suppress(git.GitError, OSError):
        git.run(["update-index", "-q", "--refresh"], repository.project, own_group=True)
