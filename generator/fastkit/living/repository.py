"""The repository that a project lies in: whether it can take an update, and how it does."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fastkit import git
from fastkit.errors import NotReady
from fastkit.living.baseline import BASELINE
from fastkit.living.record import FOLDER, RECORD
from fastkit.versions import is_older

OLDEST_GIT = "2.38"
"""The first with `git merge-tree --write-tree`."""

UNDO = ("restore", "--source=HEAD", "--staged", "--worktree", "--", ".")
"""Takes back whatever is not committed below a project, and only there."""

UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
}

SHOWN = 5
"""How many files an error names."""


@dataclass(frozen=True)
class Repository:
    """
    Attributes:
        prefix: where the project is in the work tree, empty or with `/` at its end.
        objects: the folder of the repository's objects.
        tree: the project in the last commit.
    """

    project: Path
    prefix: str
    objects: Path
    object_format: str
    tree: str


def undo_command(project: Path, here: Path) -> list[str]:
    folder = [] if project == here else ["-C", os.path.relpath(project, here)]
    return ["git", *folder, *UNDO]


def open_repository(project: Path, *, remembers: bool = True) -> Repository:
    """The project's repository, once it is known that it can take an update.

    Args:
        remembers: whether the record has to be committed already.

    Raises:
        NotReady: git is missing or too old, or the project is not committed, or has changes.
    """
    check_git()
    prefix, folder, objects, form = locate(project)
    check_nothing_under_way(folder)
    tree = committed(project, remembers=remembers)
    check_clean(project)
    return Repository(project, prefix, objects, form, tree)


def check_git() -> None:
    if not git.available():
        raise NotReady("git is not installed", f"install git {OLDEST_GIT} or later, which merges an update")
    found = re.search(r"\d+(\.\d+)+", git.run(["version"]))
    if found and is_older(found[0], OLDEST_GIT):
        raise NotReady(f"git {found[0]} is too old to merge an update", f"install git {OLDEST_GIT} or later")


def locate(project: Path) -> tuple[str, Path, Path, str]:
    words = (
        *("rev-parse", "--path-format=absolute", "--show-prefix", "--absolute-git-dir"),
        *("--git-path", "objects", "--show-object-format", "--is-inside-work-tree"),
    )
    try:
        told = os.fsdecode(git.ask(words, project)).split("\n")
    except git.GitError as error:
        if any((folder / ".git").exists() for folder in (project, *project.parents)):
            raise NotReady(
                f"git cannot read the repository of `{project}`: {error}", "fix that with git first"
            ) from error
        raise NotReady(
            f"`{project}` is in no git repository, without which an update cannot be undone",
            "run `git init`, `git add --all` and `git commit` in it",
        ) from error
    prefix, folder, objects, form, inside = told[:5]
    if inside != "true":
        raise NotReady(f"`{project}` is in no work tree of git", "go to a checkout of the project")
    return prefix, Path(folder), Path(objects), form


def check_nothing_under_way(folder: Path) -> None:
    for name, what in UNDER_WAY.items():
        if (folder / name).exists():
            raise NotReady(f"{what} is under way in the repository", "finish or abort it first")


def committed(project: Path, *, remembers: bool) -> str:
    """The tree of the project in the last commit."""
    wanted = ["HEAD:./", *((f"HEAD:./{RECORD}", f"HEAD:./{BASELINE}") if remembers else ())]
    try:
        return git.ask(["rev-parse", *wanted, "--"], project).decode().split()[0]
    except git.GitError as error:
        raise NotReady(
            f"`{project}` is not committed yet, so that an update could not be undone",
            f"run `git add --all`, `git add --force {FOLDER}` and `git commit` in it",
        ) from error


def check_clean(project: Path) -> None:
    options = ("-z", "--untracked-files=no", "--ignore-submodules=dirty", "--no-renames")
    told = os.fsdecode(git.ask(["status", "--porcelain", *options, "--", "."], project))
    if files := [entry[3:] for entry in told.split("\0") if entry]:
        raise NotReady(
            f"there are changes that are not committed: {listed(files)}",
            "commit or stash them first; what an interrupted update left goes away with "
            f"`git {' '.join(UNDO)}` in the project's folder",
        )


def listed(files: Iterable[str]) -> str:
    names = sorted(files)
    rest = [f"and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return ", ".join([f"`{name}`" for name in names[:SHOWN]] + rest)


def check_ways(project: Path, added: Iterable[str], removed: Iterable[str]) -> None:
    """Refuse where a new file would replace one that git does not know, ignored ones included.

    Raises:
        NotReady: there is such a file.
    """
    gone = set(removed)
    if files := [path for path in added if in_the_way(project, path, gone)]:
        raise NotReady(
            f"files that are not under git are in the way of new ones: {listed(files)}",
            "move them away, or commit them",
        )


def in_the_way(project: Path, path: str, gone: set[str]) -> bool:
    above = [parent.as_posix() for parent in Path(path).parents if parent.as_posix() != "."]
    files_above = [name for name in above if (project / name).exists() and not (project / name).is_dir()]
    return (os.path.lexists(project / path) and not is_emptied(project / path, project, gone)) or any(
        name not in gone for name in files_above
    )


def is_emptied(place: Path, project: Path, gone: set[str]) -> bool:
    """Whether a folder is here of which no file stays."""
    if place.is_symlink() or not place.is_dir():
        return False
    files = (file for file in place.rglob("*") if file.is_symlink() or not file.is_dir())
    return all(file.relative_to(project).as_posix() in gone for file in files)
