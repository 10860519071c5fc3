"""Gives the template's files the line endings of the project before they are merged.

Where an editor or git's own conversion has committed the project with other line endings, each line would
otherwise be a conflict.
"""

from collections.abc import Iterator
from dataclasses import replace

from fastkit.machine.git import as_input
from fastkit.record.tree import File, Tree
from fastkit.update.merge import Scratch
from fastkit.update.repository import Repository


def with_owners_line_ends(
    scratch: Scratch, repository: Repository, base: Tree, new: Tree
) -> tuple[Tree, Tree]:
    """Both trees, each file with the line endings that it has in the project's last commit."""
    ends = {path: ends_of(content) for path, content in committed(scratch, repository, base)}
    wanted = {
        path: end for path, end in ends.items() if end and ends_of(base[path].content) not in (b"", end)
    }
    return converted(base, wanted), converted(new, wanted)


def committed(scratch: Scratch, repository: Repository, base: Tree) -> Iterator[tuple[str, bytes]]:
    """The text files of the baseline, with their content in the last commit."""
    paths = [path for path, file in base.items() if is_text(file) and "\n" not in path]
    given = as_input(f"{repository.tree}:{path}" for path in paths)
    printed = scratch.git("cat-file", "--batch=%(objecttype) %(objectsize)", "-z", stdin=given)
    for path in paths:
        head, _, printed = printed.partition(b"\n")
        if head.endswith(b" missing"):
            continue
        kind, size = head.split()
        if kind == b"blob":
            yield path, printed[: int(size)]
        printed = printed[int(size) + 1 :]


def is_text(file: File) -> bool:
    return file.mode != "120000" and bool(ends_of(file.content))


def ends_of(content: bytes) -> bytes:
    """The ending of all lines of a text; empty where they differ, or where it is not text."""
    if b"\0" in content or b"\n" not in content:
        return b""
    windows, every = content.count(b"\r\n"), content.count(b"\n")
    return {every: b"\r\n", 0: b"\n"}.get(windows, b"")


def converted(tree: Tree, wanted: dict[str, bytes]) -> Tree:
    return {path: with_ends(file, wanted[path]) if path in wanted else file for path, file in tree.items()}


def with_ends(file: File, end: bytes) -> File:
    return replace(file, content=file.content.replace(b"\r\n", b"\n").replace(b"\n", end))
