"""Random owners and random templates: no line of an owner is ever lost, and all of it can be taken back."""

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fastkit.errors import NotReady, ProjectError
from fastkit.record.tree import File, Tree
from fastkit.update.apply import take
from fastkit.update.merge import Merge, Scratch, merge, scratch_repository
from fastkit.update.ownership import check_owners
from fastkit.update.repository import Repository, open_repository
from fastkit.update.undo import UNDO, undo
from tests.support.faults import Fault, Killed, faulty
from tests.support.folders import tree as whole_tree
from tests.support.living import change, commit, content, git

EXAMPLES = 1000 if os.environ.get("FASTKIT_PROOF") else 25

PATHS = ("a.txt", "b.txt", "src/a.py", "src/b.py", "src/deep/c.py", "ü.md")

OPERATIONS = ("edit", "insert", "cut", "delete", "rename", "add", "move", "fold", "unfold")


@dataclass
class Author:
    """Changes files at random; each line it writes is like no other.

    Attributes:
        deleted: files that it deleted.
    """

    name: str
    dice: random.Random
    files: dict[str, list[str]]
    written: int = 0
    cut: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)

    def work(self, operations: list[str]) -> None:
        for operation in operations:
            path = self.dice.choice(sorted(self.files)) if self.files else ""
            if operation == "add" or not path:
                self.files.setdefault(f"{self.name}-{self.written}.txt", [self.line()])
            elif operation == "delete":
                self.cut.update(self.files.pop(path))
                self.deleted.add(path)
            elif operation == "rename":
                self.files[f"{self.name}/{path}"] = self.files.pop(path)
            elif operation == "move":
                self.move(path.split("/")[0])
            elif operation == "fold":
                self.files[f"{path}/in"] = self.files.pop(path)
            elif operation == "unfold":
                self.unfold(path)
            else:
                self.edit(self.files[path], operation)

    def move(self, name: str) -> None:
        """Rename a file or a whole folder."""
        for path in [path for path in self.files if path.split("/")[0] == name]:
            self.files[f"{self.name}-{path}"] = self.files.pop(path)

    def unfold(self, path: str) -> None:
        """Put a file in the place of the folder that holds nothing else."""
        folder = path.rpartition("/")[0]
        if folder and not any(other.startswith(f"{folder}/") for other in self.files if other != path):
            self.files[folder] = self.files.pop(path)

    def edit(self, lines: list[str], operation: str) -> None:
        place = self.dice.randrange(len(lines) + 1)
        if operation != "insert":
            self.cut.update(lines[place : place + 1])
            del lines[place : place + 1]
        if operation != "cut":
            lines.insert(place, self.line())

    def line(self) -> str:
        self.written += 1
        return f"{self.name} {self.written}"


def tree(files: dict[str, list[str]]) -> Tree:
    return {path: File("".join(f"{line}\n" for line in lines).encode()) for path, lines in files.items()}


@contextmanager
def ready(project: Path, base: Tree, new: Tree, room: Path) -> Iterator[tuple[Repository, Scratch, Merge]]:
    """An update up to the moment before it is taken."""
    repository = open_repository(project, remembers=False)
    with scratch_repository(repository, room) as scratch:
        found = merge(scratch, repository, base, new, {})
        check_owners(repository, found)
        yield repository, scratch, found


def updated(project: Path, base: Tree, new: Tree, room: Path) -> Merge:
    with ready(project, base, new, room) as (repository, scratch, found):
        take(repository, scratch, found)
    return found


def lines_of(files: Mapping[str, bytes], but: str = "-") -> set[str]:
    """All lines, without those of files that an author moved or made: a move with much else is a new file."""
    texts = (text for path, text in files.items() if not path.startswith(but))
    return {line for text in texts for line in text.decode().splitlines()}


HISTORIES = {
    "seed": st.integers(0, 2**32),
    "owners": st.lists(st.sampled_from(OPERATIONS), max_size=8),
    "templates": st.lists(st.sampled_from(OPERATIONS), max_size=8),
    "sizes": st.lists(st.integers(1, 12), min_size=1, max_size=len(PATHS)),
}


@dataclass(frozen=True)
class History:
    """A project whose owner and whose template have gone on."""

    base: dict[str, list[str]]
    owner: Author
    template: Author
    room: Path

    @property
    def project(self) -> Path:
        return self.room / "project"

    @property
    def trees(self) -> tuple[Tree, Tree]:
        return tree(self.base), tree(self.template.files)


def begin(seed: int, owners: list[str], templates: list[str], sizes: list[int], room: Path) -> History:
    base = {path: [f"{path} {n}" for n in range(size)] for path, size in zip(PATHS, sizes, strict=False)}
    owner = Author("mine", random.Random(seed), {path: [*lines] for path, lines in base.items()})
    template = Author("theirs", random.Random(seed + 1), {path: [*lines] for path, lines in base.items()})
    owner.work(owners)
    template.work(templates)
    history = History(base, owner, template, room)
    history.project.mkdir()
    git(history.project, "init", "--quiet")
    files = {path: file.content for path, file in tree(owner.files).items()}
    change(history.project, files | {"keep": "x\n"})
    commit(history.project)
    return history


@settings(max_examples=EXAMPLES)
@example(seed=2, owners=["delete"], templates=["insert", "rename"], sizes=[1])
@example(seed=5, owners=["unfold"], templates=["move"], sizes=[1] * 5)
@given(**HISTORIES)
def test_no_line_of_an_owner_is_lost(
    seed: int,
    owners: list[str],
    templates: list[str],
    sizes: list[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    history = begin(seed, owners, templates, sizes, tmp_path_factory.mktemp("update"))
    project, owner, template = history.project, history.owner, history.template

    found = updated(project, *history.trees, history.room)

    after = content(project)
    lines = lines_of(after)
    mine = {line for text in owner.files.values() for line in text}
    lost = mine - lines
    assert {line for line in lost if line.startswith("mine")} == set(), "a line that the owner wrote is lost"
    assert lost <= template.cut, "a line that nobody cut is lost"
    if not found.conflicts:
        assert owner.cut & lines_of(after, but="theirs") == set(), "a line that the owner cut is back"
        if not found.stays_deleted:
            theirs = {line for text in template.files.values() for line in text}
            assert {line for line in theirs if line.startswith("theirs")} <= lines, (
                "news of the template is lost"
            )
    git(project, "fsck", "--strict")


# The way back.


def whole(project: Path) -> object:
    """Each file and folder with its mode, ignored ones too, and all that git has to say."""
    words = (["status", "--porcelain", "--ignored"], ["ls-files", "--stage", "-v"], ["rev-parse", "HEAD"])
    return whole_tree(project), [git(project, *word) for word in words]


def furnish(history: History) -> None:
    """What git does not keep of a project, or was told not to look at."""
    project = history.project
    (project / ".git/info/exclude").write_text("*.log\n")
    change(project, {"ignored.log": "i\n", "untracked": "u\n", "keep": "mine\n"})
    git(project, "update-index", "--assume-unchanged", "keep")
    (project / "empty").mkdir(exist_ok=True)
    for path in sorted(history.owner.files)[:2]:
        (project / path).chmod(0o600)
    git(project, "update-index", "-q", "--refresh")


@settings(max_examples=EXAMPLES)
@given(settled=st.booleans(), **HISTORIES)
def test_all_of_an_update_can_be_taken_back(
    settled: bool,
    seed: int,
    owners: list[str],
    templates: list[str],
    sizes: list[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    history = begin(seed, owners, templates, sizes, tmp_path_factory.mktemp("update"))
    furnish(history)
    before = whole(history.project)
    updated(history.project, *history.trees, history.room)
    if settled:
        git(history.project, "add", "--all", "--", ".", ":(exclude)untracked")
    undo(history.project)
    assert whole(history.project) == before


@settings(max_examples=EXAMPLES)
@given(kind=st.sampled_from(["once", "full", "killed"]), at=st.integers(1, 60), **HISTORIES)
def test_an_update_that_is_stopped_anywhere_can_be_taken_back(
    kind: str,
    at: int,
    seed: int,
    owners: list[str],
    templates: list[str],
    sizes: list[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    history = begin(seed, owners, templates, sizes, tmp_path_factory.mktemp("update"))
    furnish(history)
    before, refused = whole(history.project), False
    moment = ready(history.project, *history.trees, history.room)
    with moment as (repository, scratch, found), suppress(Killed), faulty(Fault(at, kind)):
        try:
            take(repository, scratch, found)
        except ProjectError as error:
            refused = UNDO not in error.hint
    assert not refused or whole(history.project) == before
    with suppress(NotReady):
        undo(history.project)
    assert whole(history.project) == before
    updated(history.project, *history.trees, history.room)
    undo(history.project)
    assert whole(history.project) == before


def test_the_authors_do_all_that_they_can() -> None:
    """What the property rests on: that edits of each kind happen."""
    author = Author("mine", random.Random(1), {path: [f"{path} {n}" for n in range(5)] for path in PATHS})
    author.work([*OPERATIONS] * 3)
    assert author.cut
    assert author.deleted
    assert any(path.startswith("mine/") for path in author.files)
    assert author.written > 6
