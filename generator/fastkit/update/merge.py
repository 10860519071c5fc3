"""Merges three trees in a temporary repository.

No settings, hooks, filters or merge drivers apply there, and the project's own repository is only read: its
objects are borrowed. The result is known before a single file of the project is written.
"""

import os
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fastkit.errors import ProjectError
from fastkit.machine import git
from fastkit.machine.disk import temporary_folder
from fastkit.record.baseline import BASELINE
from fastkit.record.tree import File, Tree
from fastkit.update.list_conflicts import settled
from fastkit.update.repository import Entry, Repository

OURS, THEIRS = "yours", "template"
"""Branches of the scratch repository, whose names stand at the markers of a conflict."""

BASE, RESULT = "base", "result"

GITLINK = "160000"

KINDS = {
    (1, 2, 3): "you and the template changed the same lines",
    (1, 2): "you changed it, the template removed it",
    (2, 3): "you and the template both added it",
}


@dataclass(frozen=True)
class Merge:
    """What an update does to a project.

    Attributes:
        changed: by path, what is new; None for a file that goes.
        added: those of them that the project's commit does not have.
        conflicts: by path, the entries for the index by stage: 1 base, 2 the owner's, 3 the template's.
        stays_deleted: files that the owner deleted and the template changed.
        diff: of the text files, as git shows it.
    """

    changed: Mapping[str, Entry | None] = field(default_factory=dict)
    added: frozenset[str] = frozenset()
    conflicts: Mapping[str, Mapping[int, Entry]] = field(default_factory=dict)
    stays_deleted: tuple[str, ...] = ()
    diff: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.changed and not self.conflicts

    @property
    def touched(self) -> list[str]:
        """All paths, sorted, whose files or whose entries in the index it changes."""
        return sorted({*self.changed, *self.conflicts})

    def kind(self, path: str) -> str:
        """Why a path is in conflict."""
        stages = tuple(sorted(self.conflicts[path]))
        return KINDS.get(stages, "you and the template moved it to different places")


@dataclass(frozen=True)
class Scratch:
    """A bare repository that borrows the objects of the project's."""

    folder: Path

    def git(self, *words: str, stdin: bytes = b"", accepted: tuple[int, ...] = (0,)) -> bytes:
        no_settings = {
            "GIT_DIR": str(self.folder),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": "0",
            "GIT_CONFIG_PARAMETERS": "",
            "GIT_ATTR_NOSYSTEM": "1",
        }
        options = ("-c", f"core.attributesFile={os.devnull}", "-c", "fastimport.unpackLimit=0")
        return git.run(
            [*options, *words], self.folder.parent, stdin=stdin, variables=no_settings, accepted=accepted
        )

    def merge_texts(self, base: str, ours: str, theirs: str) -> str | None:
        """Three texts merged line by line; None where they conflict."""
        return self.merge_file(ours, base, theirs)

    def with_both_sides(self, base: str, ours: str, theirs: str) -> str | None:
        """The same, with both sides of each conflict, the template's first."""
        return self.merge_file(theirs, base, ours, "--union")

    def merge_file(self, one: str, base: str, other: str, *options: str) -> str | None:
        files = {self.folder / "one": one, self.folder / "base": base, self.folder / "other": other}
        for file, text in files.items():
            file.write_bytes(text.encode())
        try:
            return self.git("merge-file", "-p", *options, *map(str, files)).decode()
        except git.GitError:
            return None

    def check_out(self, branch: str, folder: Path) -> None:
        """Write the files of a branch into a folder."""
        options = ("-c", "core.bare=false", f"--work-tree={folder}")
        self.git(*options, "checkout", "--quiet", "--force", branch, "--", ".")


@contextmanager
def empty_repository(*options: str) -> Iterator[Scratch]:
    with temporary_folder() as folder:
        scratch = Scratch(folder / "scratch.git")
        scratch.folder.mkdir()
        scratch.git("init", "--quiet", "--bare", "--template=", *options)
        yield scratch


@contextmanager
def scratch_repository(repository: Repository) -> Iterator[Scratch]:
    with empty_repository(f"--object-format={repository.object_format}") as scratch:
        borrowed = scratch.folder / "objects" / "info"
        borrowed.mkdir(exist_ok=True)
        (borrowed / "alternates").write_bytes(quoted(str(repository.objects)) + b"\n")
        yield scratch


def merge(
    scratch: Scratch, repository: Repository, base: Tree, new: Tree, always: Tree, owners: Container[str] = ()
) -> Merge:
    """What the step from `base` to `new` does to the project in the last commit.

    Args:
        always: files that replace whatever the project has there: its record and baseline.
        owners: files that stay where their owner changed them and the template removed them.

    Raises:
        GitError: git refused.
    """
    stream = b"".join(
        (
            commit(BASE, None, files(base)),
            commit(THEIRS, BASE, [b"deleteall\n", *files(new)]),
            commit(OURS, BASE, [root(repository.tree)]),
        )
    )
    scratch.git("fast-import", "--quiet", stdin=stream)
    tree, conflicts = merge_trees(scratch)
    lists = settled_lists(scratch, conflicts)
    deleted = sorted(path for path, stages in conflicts.items() if stages.keys() == {1, 3})
    stay = {path for path, stages in conflicts.items() if stages.keys() == {1, 2} and path in owners}
    kept = {path: stages for path, stages in conflicts.items() if path not in (*deleted, *stay, *lists)}
    removals = [b"D " + quoted(path) + b"\n" for path in deleted]
    steps = [root(tree), *removals, *files(lists), *files(always)]
    scratch.git("fast-import", "--quiet", stdin=commit(RESULT, OURS, steps))
    changed, added = changes(scratch)
    return Merge(changed, added, kept, tuple(deleted), diff(scratch) if changed else "")


# What goes into the scratch repository.


def commit(branch: str, parent: str | None, steps: Iterable[bytes]) -> bytes:
    """A commit in the format of `git fast-import`."""
    head = f"commit refs/heads/{branch}\ncommitter fastkit <fastkit@localhost> 0 +0000\ndata 0\n"
    start = f"from refs/heads/{parent}\n" if parent else ""
    return (head + start).encode() + b"".join(steps) + b"\n"


def root(tree: str) -> bytes:
    return b'M 040000 %s ""\n' % tree.encode()


def files(tree: Tree) -> list[bytes]:
    return [
        b"M %s inline %s\ndata %d\n%s\n" % (file.mode.encode(), quoted(path), len(file.content), file.content)
        for path, file in tree.items()
    ]


def quoted(path: str) -> bytes:
    text = os.fsencode(path)
    for character, escape in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n")):
        text = text.replace(character, escape)
    return b'"%s"' % text


# What comes out of it.


def merge_trees(scratch: Scratch) -> tuple[str, dict[str, dict[int, Entry]]]:
    """The merged tree, and the stages of each path that is in conflict."""
    words = ("merge-tree", "--write-tree", "-z", "--no-messages", OURS, THEIRS)
    try:
        printed = scratch.git(*words, accepted=(0, 1))
    except git.GitError:  # some versions give up where a folder moved that was a file to the owner
        printed = scratch.git("-c", "merge.directoryRenames=false", *words, accepted=(0, 1))
    tree, *lines = printed.rstrip(b"\0").split(b"\0")
    conflicts: dict[str, dict[int, Entry]] = {}
    for line in filter(None, lines):
        about, _, path = line.partition(b"\t")
        mode, blob, stage = about.decode().split()
        conflicts.setdefault(os.fsdecode(path), {})[int(stage)] = Entry(mode, blob)
    return tree.decode(), conflicts


def settled_lists(scratch: Scratch, conflicts: Mapping[str, Mapping[int, Entry]]) -> Tree:
    """The files that conflict in nothing but lists, merged."""
    found = {}
    for path, stages in conflicts.items():
        if stages.keys() == {1, 2, 3}:
            versions = (scratch.git("cat-file", "blob", stages[stage].blob) for stage in (1, 2, 3))
            if (content := settled_bytes(scratch, PurePosixPath(path).suffix, *versions)) is not None:
                found[path] = File(content, "100755" if stages[2].mode == "100755" else "100644")
    return found


def settled_bytes(scratch: Scratch, kind: str, *versions: bytes) -> bytes | None:
    try:
        base, ours, theirs = (version.decode() for version in versions)
    except UnicodeDecodeError:
        return None
    done = settled(kind, base, ours, theirs, scratch.merge_texts, scratch.with_both_sides)
    return None if done is None else done.encode()


def changes(scratch: Scratch) -> tuple[dict[str, Entry | None], frozenset[str]]:
    printed = scratch.git("diff-tree", "-r", "-z", "--raw", "--no-renames", OURS, RESULT)
    pieces = printed.split(b"\0")[:-1]
    changed: dict[str, Entry | None] = {}
    added = set()
    for about, path in zip(pieces[::2], pieces[1::2], strict=True):
        _, mode, _, blob, status = about.decode().split()
        name = os.fsdecode(path)
        changed[name] = None if status == "D" else Entry(mode, blob)
        if status == "A":
            added.add(name)
    if any(entry and entry.mode == GITLINK for entry in changed.values()):
        raise ProjectError("the merge would change a submodule", "update the submodule by hand")
    return changed, frozenset(added)


def diff(scratch: Scratch) -> str:
    words = ("diff-tree", "-p", "-r", "-M", "--no-color", "--no-ext-diff", OURS, RESULT)
    return scratch.git(*words, "--", ".", f":(exclude){BASELINE}").decode(errors="replace")
