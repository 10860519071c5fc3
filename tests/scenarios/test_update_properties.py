"""Random owners and random templates: no line of an owner is ever lost, and every update can be undone."""

import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import example, given, reject, settings
from hypothesis import strategies as st

from fastkit.errors import NotReady, ProjectError
from fastkit.record.tree import File, Tree
from fastkit.update.apply import put_in_place
from fastkit.update.merge import Merge, Scratch, merge, scratch_repository
from fastkit.update.refusals import check_owners
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
    """Changes files at random; each line that it writes is unique.

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
                self.rename(path, f"{self.name}/{path}")
            elif operation == "move":
                self.move(path.split("/")[0])
            elif operation == "fold":
                self.rename(path, f"{path}/in")
            elif operation == "unfold":
                self.rename(path, path.rpartition("/")[0])
            else:
                self.edit(self.files[path], operation)

    def rename(self, old: str, new: str) -> None:
        """Rename a file, unless another is at the new path, above it or below it."""
        others = [path for path in self.files if path != old]
        if new and not any(f"{new}/".startswith(f"{path}/") or path.startswith(f"{new}/") for path in others):
            self.files[new] = self.files.pop(old)

    def move(self, name: str) -> None:
        """Rename a file or a whole folder."""
        for path in [path for path in self.files if path.split("/")[0] == name]:
            self.rename(path, f"{self.name}-{path}")

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
def ready(history: "History") -> Iterator[tuple[Repository, Scratch, Merge]]:
    """An update up to the moment before it is applied."""
    repository = open_repository(history.project)
    with scratch_repository(repository) as scratch:
        try:
            found = merge(scratch, repository, tree(history.base), tree(history.template.files), {})
        except ProjectError:  # git would move a submodule with its folder, which is refused
            reject()
        check_owners(repository, found)
        yield repository, scratch, found


def updated(history: "History") -> Merge:
    with ready(history) as (repository, scratch, found):
        put_in_place(repository, scratch, found)
    return found


def lines_of(files: Mapping[str, bytes], but: str = "-") -> set[str]:
    """All lines but those of files that an author moved or made: a heavily edited move is a new file."""
    texts = (text for path, text in files.items() if not path.startswith(but))
    return {line for text in texts for line in text.decode().splitlines()}


@dataclass(frozen=True)
class Work:
    """The random changes of an owner and of a template's author."""

    seed: int
    owners: list[str]
    templates: list[str]
    sizes: list[int]

    @property
    def base(self) -> dict[str, list[str]]:
        return {
            path: [f"{path} {n}" for n in range(size)] for path, size in zip(PATHS, self.sizes, strict=False)
        }

    @property
    def authors(self) -> tuple[Author, Author]:
        owner = Author("mine", random.Random(self.seed), self.base)
        template = Author("theirs", random.Random(self.seed + 1), self.base)
        owner.work(self.owners)
        template.work(self.templates)
        return owner, template


SOME_OPERATIONS = st.lists(st.sampled_from(OPERATIONS), max_size=8)

WORK = st.builds(
    Work,
    seed=st.integers(0, 2**32),
    owners=SOME_OPERATIONS,
    templates=SOME_OPERATIONS,
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=len(PATHS)),
)


@dataclass(frozen=True)
class History:
    """A project that its owner has edited, and its template in a newer version."""

    base: dict[str, list[str]]
    owner: Author
    template: Author
    room: Path

    @property
    def project(self) -> Path:
        return self.room / "project"


def begin(work: Work, room: Path) -> History:
    history = History(work.base, *work.authors, room)
    history.project.mkdir()
    git(history.project, "init", "--quiet")
    files = {path: file.content for path, file in tree(history.owner.files).items()}
    change(history.project, files | {"keep": "x\n"})
    commit(history.project)
    return history


@pytest.fixture(scope="module")
def new_room(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("update")


@settings(max_examples=EXAMPLES)
@example(work=Work(2, ["delete"], ["insert", "rename"], [1]))
@example(work=Work(5, ["unfold"], ["move"], [1] * 5))
@given(work=WORK)
def test_no_line_of_an_owner_is_lost(work: Work, new_room: Callable[[], Path]) -> None:
    history = begin(work, new_room())
    project, owner, template = history.project, history.owner, history.template

    found = updated(history)

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


# Undo.


def whole(project: Path) -> object:
    """Each file and folder with its mode, ignored ones, too, and the state that git reports."""
    words = (["status", "--porcelain", "--ignored"], ["ls-files", "--stage", "-v"], ["rev-parse", "HEAD"])
    return whole_tree(project), [git(project, *word) for word in words]


def furnish(history: History) -> None:
    """Add what git does not track, or does not look at."""
    project = history.project
    (project / ".git/info/exclude").write_text("*.log\n")
    change(project, {"ignored.log": "i\n", "untracked": "u\n", "keep": "mine\n"})
    git(project, "update-index", "--assume-unchanged", "keep")
    (project / "empty").mkdir(exist_ok=True)
    for path in sorted(history.owner.files)[:2]:
        (project / path).chmod(0o600)
    git(project, "update-index", "-q", "--refresh")


@settings(max_examples=EXAMPLES)
@given(settled=st.booleans(), work=WORK)
def test_every_update_can_be_undone(settled: bool, work: Work, new_room: Callable[[], Path]) -> None:
    history = begin(work, new_room())
    furnish(history)
    before = whole(history.project)
    updated(history)
    if settled:
        git(history.project, "add", "--all", "--", ".", ":(exclude)untracked")
    undo(history.project)
    assert whole(history.project) == before


@settings(max_examples=EXAMPLES)
@given(kind=st.sampled_from(["once", "full", "killed"]), at=st.integers(1, 60), work=WORK)
def test_an_update_that_stops_anywhere_can_be_undone(
    kind: str, at: int, work: Work, new_room: Callable[[], Path]
) -> None:
    history = begin(work, new_room())
    furnish(history)
    before, refused = whole(history.project), False
    with ready(history) as (repository, scratch, found), suppress(Killed), faulty(Fault(at, kind)):
        try:
            put_in_place(repository, scratch, found)
        except ProjectError as error:
            refused = UNDO not in error.hint
    assert not refused or whole(history.project) == before
    with suppress(NotReady):
        undo(history.project)
    assert whole(history.project) == before
    updated(history)
    undo(history.project)
    assert whole(history.project) == before


@given(work=WORK)
def test_no_path_of_an_author_is_a_file_and_a_folder(work: Work) -> None:
    """The properties depend on this: the files of each author can be written."""
    for author in work.authors:
        folders = {str(folder) for path in author.files for folder in PurePosixPath(path).parents}
        assert not folders & author.files.keys()


def test_the_authors_make_every_kind_of_change() -> None:
    """The properties depend on this: edits of each kind happen."""
    author = Author("mine", random.Random(1), {path: [f"{path} {n}" for n in range(5)] for path in PATHS})
    author.work([*OPERATIONS] * 3)
    assert author.cut
    assert author.deleted
    assert any(path.startswith("mine/") for path in author.files)
    assert author.written > 6
