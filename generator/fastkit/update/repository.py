"""The repository that a project lies in: whether and how it can be updated."""

import os
import re
from collections.abc import Mapping
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
from fastkit.wording import listed

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


@dataclass(frozen=True)
class Entry:
    """A file as git's index or a tree has it."""

    mode: str
    blob: str


@dataclass(frozen=True)
class Repository:
    """
    Attributes:
        prefix: where the project is in the working tree, empty or with `/` at its end.
        folder: the repository's own, of this working tree alone.
        objects: the folder of its objects.
        head: the tree of the project in the last commit.
        tree: what an update starts from: that of the last commit, or what migrations have made of it.
    """

    project: Path
    prefix: str
    folder: Path
    objects: Path
    object_format: str
    head: str = ""
    tree: str = ""

    @property
    def has_record(self) -> bool:
        return (self.project / RECORD).is_file()

    @property
    def index(self) -> Path:
        return self.folder / "index"

    @property
    def journal(self) -> Path:
        """The folder in which an update of this project keeps what its undo needs."""
        return self.folder / "fastkit" / sha256(os.fsencode(self.prefix)).hexdigest()[:16]

    @property
    def lock(self) -> Path:
        """A file that exists while an update writes, and after one that was stopped."""
        return self.journal.with_suffix(".lock")

    def lines(self, *words: str) -> list[str]:
        """What git prints with `-z`."""
        return [*filter(None, os.fsdecode(git.run(words, self.project)).split("\0"))]

    def text(self, *words: str) -> str:
        return git.run(words, self.project).decode().strip()

    def write(self, *words: str, stdin: bytes = b"", variables: Mapping[str, str] | None = None) -> None:
        """Run a command that writes, which Ctrl-C must not stop halfway."""
        git.run(words, self.project, stdin=stdin, variables=variables, own_group=True)


def open_repository(project: Path, *, read_only: bool = False, migrated: bool = False) -> Repository:
    """The project's repository, once it is known that the project can be updated.

    Args:
        read_only: nothing will be written, so that only the last commit matters.
        migrated: stage what migrations have changed since the last commit, and start from that.

    Raises:
        NotReady: git is missing or too old, or the project is not committed, or has changes.
    """
    check_git()
    found = locate(project)
    if not read_only:
        check_settled(found)
        check_nothing_under_way(found)
    head = committed(project, with_record=found.has_record)
    if not read_only and not migrated:
        check_clean(found)
    return replace(found, head=head, tree=staged_tree(found) if migrated else head)


def check_git() -> None:
    if not git.available():
        raise NotReady("git is not installed", f"install git {OLDEST_GIT} or later, which merges an update")
    found = re.search(r"\d+(\.\d+)+", git.text_or_empty(["version"]))
    if found is None:
        raise NotReady("`git version` does not print a version", "check which `git` is first on your PATH")
    if is_older(found[0], OLDEST_GIT):
        raise NotReady(f"git {found[0]} is too old to merge an update", f"install git {OLDEST_GIT} or later")


ABOUT = (
    *(("--show-prefix",), ("--absolute-git-dir",), ("--git-path", "objects")),
    *(("--show-object-format",), ("--is-inside-work-tree",)),
)


def locate(project: Path) -> Repository:
    """
    Raises:
        NotReady: the project is not in a repository, or git refuses to use it.
    """
    try:
        prefix, folder, objects, form, inside = about(project)
    except git.GitError as error:
        if any((place / ".git").exists() for place in (project, *project.parents)):
            raise NotReady(
                f"git cannot read the repository of `{project}`: {error.problem}", "fix that with git first"
            ) from error
        raise NotReady(
            f"`{project}` is not in a git repository, without which an update cannot be undone",
            "run `git init`, `git add --all` and `git commit` in it",
        ) from error
    if inside != "true":
        raise NotReady(f"`{project}` is not in a working tree of git", "go to a checkout of the project")
    return Repository(project, prefix, Path(folder), Path(objects), form)


def about(project: Path) -> list[str]:
    lines = rev_parse(project, *chain(*ABOUT)).split("\n")
    if len(lines) == len(ABOUT):
        return lines
    return [rev_parse(project, *words) for words in ABOUT]  # there are line breaks in names


def rev_parse(project: Path, *words: str) -> str:
    found = git.run(["rev-parse", "--path-format=absolute", *words], project)
    return os.fsdecode(found).removesuffix("\n")


def check_settled(repository: Repository) -> None:
    """
    Raises:
        NotReady: an update has begun and not ended.
    """
    if repository.lock.exists():
        raise NotReady(
            "an update of the project was stopped before its end",
            "undo what it left with `fastkit update --undo`",
        )


def check_nothing_under_way(repository: Repository) -> None:
    for name, what in UNDER_WAY.items():
        if (repository.folder / name).exists():
            raise NotReady(f"{what} is under way in the repository", "finish or abort it first")


def committed(project: Path, *, with_record: bool = False) -> str:
    """The tree of the project in the last commit."""
    wanted = ["HEAD:./", *((f"HEAD:./{RECORD}", f"HEAD:./{BASELINE}") if with_record else ())]
    try:
        return git.run(["rev-parse", *wanted, "--"], project).decode().split()[0]
    except (git.GitError, IndexError) as error:
        raise NotReady(
            f"`{project}` is not committed yet, so that an update could not be undone",
            f"run `git add --all`, `git add --force {FOLDER}` and `git commit` in it",
        ) from error


def staged_tree(repository: Repository) -> str:
    """Stage all changes of the project; the project as it is then."""
    repository.text("add", "--all", "--", ".")
    return repository.text("write-tree", *([f"--prefix={repository.prefix}"] if repository.prefix else []))


def has_changes(repository: Repository) -> bool:
    return bool(repository.text("status", "--porcelain", "--", "."))


def check_clean(repository: Repository) -> None:
    """
    Raises:
        NotReady: tracked files of the project differ from the last commit.
    """
    options = ("-z", "--untracked-files=no", "--ignore-submodules=dirty", "--no-renames")
    changed = repository.lines("status", "--porcelain", *options, "--", ".")
    if files := [line[3:].removeprefix(repository.prefix) for line in changed]:
        raise NotReady(
            f"there are changes that are not committed: {listed(files)}", "commit or stash them first"
        )


def committed_files(repository: Repository) -> dict[str, Entry]:
    """The files of the project in the last commit, by path."""
    found = {}
    for line in repository.lines("ls-tree", "-r", "-z", "--full-tree", repository.tree):
        about, _, path = line.partition("\t")
        mode, _, blob = about.split()
        found[path] = Entry(mode, blob)
    return found


def committed_file(repository: Repository, path: str) -> bytes:
    """The content of a file of the project in the last commit.

    Raises:
        RecordError: it is larger than anything that fastkit writes.
    """
    blob = f"{repository.tree}:{path}"
    if int(repository.text("cat-file", "-s", blob)) > MOST_BYTES:
        raise RecordError(path, f"holds more than {MOST_BYTES:,} bytes")
    return git.run(["cat-file", "blob", blob], repository.project)
