"""Random owners and random templates: no line of an owner is ever lost."""

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fastkit.living.merge import Merge, merge, scratch_repository
from fastkit.living.repository import check_ways, open_repository
from fastkit.living.take import take
from fastkit.living.tree import File, Tree
from tests.support.living import change, commit, content, git

EXAMPLES = 1000 if os.environ.get("FASTKIT_PROOF") else 25

PATHS = ("a.txt", "b.txt", "src/a.py", "src/b.py", "src/deep/c.py", "ü.md")

OPERATIONS = ("edit", "insert", "cut", "delete", "rename", "add")


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
            else:
                self.edit(self.files[path], operation)

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


def updated(project: Path, base: Tree, new: Tree, room: Path) -> Merge:
    repository = open_repository(project, remembers=False)
    with scratch_repository(repository, room) as scratch:
        found = merge(scratch, repository, base, new, {})
        check_ways(project, found.added, [path for path, entry in found.changed.items() if entry is None])
        take(repository, scratch, found)
    return found


def lines_of(files: Mapping[str, bytes], but: str = "-") -> set[str]:
    """All lines, without those of files that an author moved or made: a move with much else is a new file."""
    texts = (text for path, text in files.items() if not path.startswith(but))
    return {line for text in texts for line in text.decode().splitlines()}


@settings(max_examples=EXAMPLES)
@example(seed=2, owners=["delete"], templates=["insert", "rename"], sizes=[1])
@given(
    seed=st.integers(0, 2**32),
    owners=st.lists(st.sampled_from(OPERATIONS), max_size=8),
    templates=st.lists(st.sampled_from(OPERATIONS), max_size=8),
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=len(PATHS)),
)
def test_no_line_of_an_owner_is_lost(
    seed: int,
    owners: list[str],
    templates: list[str],
    sizes: list[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    room = tmp_path_factory.mktemp("update")
    base = {path: [f"{path} {n}" for n in range(size)] for path, size in zip(PATHS, sizes, strict=False)}
    owner = Author("mine", random.Random(seed), {path: [*lines] for path, lines in base.items()})
    template = Author("theirs", random.Random(seed + 1), {path: [*lines] for path, lines in base.items()})
    owner.work(owners)
    template.work(templates)
    project = room / "project"
    project.mkdir()
    git(project, "init", "--quiet")
    change(project, {path: file.content for path, file in tree(owner.files).items()} | {"keep": "x\n"})
    commit(project)

    found = updated(project, tree(base), tree(template.files), room)

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


def test_the_authors_do_all_that_they_can() -> None:
    """What the property rests on: that edits of each kind happen."""
    author = Author("mine", random.Random(1), {path: [f"{path} {n}" for n in range(5)] for path in PATHS})
    author.work([*OPERATIONS] * 3)
    assert author.cut
    assert author.deleted
    assert any(path.startswith("mine/") for path in author.files)
    assert author.written > 6
