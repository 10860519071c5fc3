"""The line ends of a project's owner, given to the template's files before they are merged.

Where the whole project was committed with other ends, by an editor or by git's own conversion, each line
would otherwise be a conflict.
"""

import os
from collections.abc import Iterator
from dataclasses import replace

from fastkit.record.tree import File, Tree
from fastkit.update.merge import Scratch
from fastkit.update.repository import Repository


def with_owners_line_ends(
    scratch: Scratch, repository: Repository, base: Tree, new: Tree
) -> tuple[Tree, Tree]:
    """Both trees, each file with the line ends that the project's last commit has in it."""
    ends = {path: ends_of(content) for path, content in committed(scratch, repository, base)}
    wanted = {
        path: end for path, end in ends.items() if end and ends_of(base[path].content) not in (b"", end)
    }
    return converted(base, wanted), converted(new, wanted)


def committed(scratch: Scratch, repository: Repository, base: Tree) -> Iterator[tuple[str, bytes]]:
    """What the last commit has of the text files of the baseline."""
    paths = [path for path, file in base.items() if is_text(file) and "\n" not in path]
    given = b"".join(os.fsencode(f"{repository.tree}:{path}") + b"\0" for path in paths)
    told = scratch.git("cat-file", "--batch=%(objecttype) %(objectsize)", "-z", stdin=given)
    for path in paths:
        head, _, told = told.partition(b"\n")
        if head.endswith(b" missing"):
            continue
        kind, size = head.split()
        if kind == b"blob":
            yield path, told[: int(size)]
        told = told[int(size) + 1 :]


def is_text(file: File) -> bool:
    return file.mode != "120000" and bool(ends_of(file.content))


def ends_of(content: bytes) -> bytes:
    """What all lines of a text end with; nothing where they differ, or it is no text."""
    if b"\0" in content or b"\n" not in content:
        return b""
    windows, all_of_them = content.count(b"\r\n"), content.count(b"\n")
    return {all_of_them: b"\r\n", 0: b"\n"}.get(windows, b"")


def converted(tree: Tree, wanted: dict[str, bytes]) -> Tree:
    return {path: with_ends(file, wanted[path]) if path in wanted else file for path, file in tree.items()}


def with_ends(file: File, end: bytes) -> File:
    return replace(file, content=file.content.replace(b"\r\n", b"\n").replace(b"\n", end))
