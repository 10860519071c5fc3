"""The repository that a project lies in: whether it can take an update, and how it does."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path

from fastkit.computing.limits import MOST_BYTES
from fastkit.distributions import is_older
from fastkit.errors import NotReady, RecordError
from fastkit.machine import git
from fastkit.record.baseline import BASELINE
from fastkit.record.project_yml import FOLDER, RECORD

OLDEST_GIT = "2.38"
"""The first with `git merge-tree --write-tree`."""

UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "sequencer": "a cherry-pick or a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "BISECT_LOG": "a bisect",
}

SHOWN = 5
"""How many files an error names."""


@dataclass(frozen=True)
class Repository:
    """
    Attributes:
        prefix: where the project is in the work tree, empty or with `/` at its end.
        folder: the repository's own, of this work tree alone.
        objects: the folder of its objects.
        head: the project in the last commit.
        tree: what an update starts from: the last commit, or what migrations have made of it.
    """

    project: Path
    prefix: str
    folder: Path
    objects: Path
    object_format: str
    head: str = ""
    tree: str = ""

    @property
    def index(self) -> Path:
        return self.folder / "index"

    @property
    def journal(self) -> Path:
        """Where an update of this project keeps the way back."""
        return self.folder / "fastkit" / sha256(os.fsencode(self.prefix)).hexdigest()[:16]

    @property
    def lock(self) -> Path:
        """A file that is there while an update writes, and after one that was stopped."""
        return self.journal.with_suffix(".lock")


def open_repository(
    project: Path, *, remembers: bool = True, looks: bool = False, migrated: bool = False
) -> Repository:
    """The project's repository, once it is known that it can take an update.

    Args:
        remembers: whether the record has to be committed already.
        looks: nothing will be written, so that only the last commit matters.
        migrated: stage what has changed since then, and start from that.

    Raises:
        NotReady: git is missing or too old, or the project is not committed, or has changes.
    """
    check_git()
    found = locate(project)
    if not looks:
        check_settled(found)
        check_nothing_under_way(found)
    head = committed(project, remembers=remembers)
    if not looks and not migrated:
        check_clean(found)
    return replace(found, head=head, tree=staged_tree(found) if migrated else head)


def check_git() -> None:
    if not git.available():
        raise NotReady("git is not installed", f"install git {OLDEST_GIT} or later, which merges an update")
    found = re.search(r"\d+(\.\d+)+", git.text_or_empty(["version"]))
    if found is None:
        raise NotReady("`git version` does not say which version it is", "see what `git` is on your PATH")
    if is_older(found[0], OLDEST_GIT):
        raise NotReady(f"git {found[0]} is too old to merge an update", f"install git {OLDEST_GIT} or later")


ABOUT = (
    *(("--show-prefix",), ("--absolute-git-dir",), ("--git-path", "objects")),
    *(("--show-object-format",), ("--is-inside-work-tree",)),
)


def locate(project: Path) -> Repository:
    """
    Raises:
        NotReady: the project is in no repository, or git refuses that one.
    """
    try:
        prefix, folder, objects, form, inside = about(project)
    except git.GitError as error:
        if any((place / ".git").exists() for place in (project, *project.parents)):
            raise NotReady(
                f"git cannot read the repository of `{project}`: {error.problem}", "fix that with git first"
            ) from error
        raise NotReady(
            f"`{project}` is in no git repository, without which an update cannot be undone",
            "run `git init`, `git add --all` and `git commit` in it",
        ) from error
    if inside != "true":
        raise NotReady(f"`{project}` is in no work tree of git", "go to a checkout of the project")
    return Repository(project, prefix, Path(folder), Path(objects), form)


def about(project: Path) -> list[str]:
    lines = rev_parse(project, *chain(*ABOUT)).split("\n")
    if len(lines) == len(ABOUT):
        return lines
    return [rev_parse(project, *words) for words in ABOUT]  # there are line breaks in names


def rev_parse(project: Path, *words: str) -> str:
    told = git.run(["rev-parse", "--path-format=absolute", *words], project)
    return os.fsdecode(told).removesuffix("\n")


def check_settled(repository: Repository) -> None:
    """
    Raises:
        NotReady: an update has begun and not ended.
    """
    if repository.lock.exists():
        raise NotReady(
            "an update of the project was stopped before its end",
            "take back what it left with `fastkit update --undo`",
        )


def check_nothing_under_way(repository: Repository) -> None:
    for name, what in UNDER_WAY.items():
        if (repository.folder / name).exists():
            raise NotReady(f"{what} is under way in the repository", "finish or abort it first")


def committed(project: Path, *, remembers: bool) -> str:
    """The tree of the project in the last commit."""
    wanted = ["HEAD:./", *((f"HEAD:./{RECORD}", f"HEAD:./{BASELINE}") if remembers else ())]
    try:
        return git.run(["rev-parse", *wanted, "--"], project).decode().split()[0]
    except (git.GitError, IndexError) as error:
        raise NotReady(
            f"`{project}` is not committed yet, so that an update could not be undone",
            f"run `git add --all`, `git add --force {FOLDER}` and `git commit` in it",
        ) from error


def staged_tree(repository: Repository) -> str:
    """Stage all changes of the project; the project as it is then."""
    git.run(["add", "--all", "--", "."], repository.project)
    below = [f"--prefix={repository.prefix}"] if repository.prefix else []
    return git.run(["write-tree", *below], repository.project).decode().strip()


def has_changes(repository: Repository) -> bool:
    return bool(git.run(["status", "--porcelain", "--", "."], repository.project))


def check_clean(repository: Repository) -> None:
    if files := list(uncommitted(repository)):
        raise NotReady(
            f"there are changes that are not committed: {listed(files)}", "commit or stash them first"
        )


def uncommitted(repository: Repository) -> Iterator[str]:
    """Files of the project that differ from the last commit."""
    options = ("-z", "--untracked-files=no", "--ignore-submodules=dirty", "--no-renames")
    told = git.run(["status", "--porcelain", *options, "--", "."], repository.project)
    for entry in filter(None, os.fsdecode(told).split("\0")):
        yield entry[3:].removeprefix(repository.prefix)


def committed_files(repository: Repository) -> list[str]:
    """The paths of the project in the last commit."""
    told = git.run(["ls-tree", "-r", "-z", "--name-only", repository.tree], repository.project)
    return os.fsdecode(told).rstrip("\0").split("\0")


def committed_file(repository: Repository, path: str) -> bytes:
    """What the last commit has of a file of the project.

    Raises:
        RecordError: it is larger than anything that fastkit makes.
    """
    blob = f"{repository.tree}:{path}"
    if int(git.run(["cat-file", "-s", blob], repository.project)) > MOST_BYTES:
        raise RecordError(path, f"holds more than {MOST_BYTES:,} bytes")
    return git.run(["cat-file", "blob", blob], repository.project)


def listed(files: Iterable[str]) -> str:
    names = sorted(files)
    rest = [f"and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return ", ".join([f"`{name}`" for name in names[:SHOWN]] + rest)
