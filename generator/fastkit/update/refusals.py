"""Refuses to overwrite files of the owner that git could not give back."""

import hashlib
import os
import shlex
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from fastkit.errors import NotReady
from fastkit.machine import git
from fastkit.machine.files import is_file_or_link, is_folder
from fastkit.record.tree import read_file
from fastkit.update.index import Index, Indexed, read_index
from fastkit.update.merge import Merge
from fastkit.update.repository import Repository
from fastkit.wording import listed

LINK = "120000"


def check_owners(repository: Repository, merge: Merge) -> Index:
    """The project's index, once it is known that the update overwrites nothing but what is committed.

    Raises:
        NotReady: files are in the way, hidden from git, or differ from the last commit.
    """
    index = read_index(repository)
    check_visible(repository, index, merge)
    check_unedited(repository, index, merge)
    check_ways(repository.project, merge)
    return index


def as_typed(project: Path, paths: list[str]) -> str:
    """Paths of the project as they are typed in the current folder."""
    return shlex.join(os.path.relpath(project / path) for path in paths)


def check_visible(repository: Repository, index: Index, merge: Merge) -> None:
    hidden = [path for path in merge.touched if path in index and index[path].hidden]
    if not hidden:
        return
    option = index[hidden[0]].hidden
    alike = [path for path in hidden if index[path].hidden == option]
    hint = f"git update-index {option} -- {as_typed(repository.project, alike)}"
    if git.config("core.sparseCheckout", repository.project) == "true":
        hint = "git sparse-checkout disable"
    raise NotReady(f"git does not look at files that the update changes: {listed(hidden)}", f"run `{hint}`")


def check_unedited(repository: Repository, index: Index, merge: Merge) -> None:
    edited = [path for path in merge.changed if path in index and is_edited(repository, index[path], path)]
    if edited:
        paths = as_typed(repository.project, edited)
        raise NotReady(
            f"files differ from the last commit, though git does not show it: {listed(edited)}",
            f"commit them after `git add --renormalize -- {paths}`, or remove them, "
            f"and run `git restore -- {paths}`",
        )


def is_edited(repository: Repository, file: Indexed, path: str) -> bool:
    """Whether a file differs from what git would put in its place, whatever git's cache says."""
    place = repository.project / path
    is_link = place.is_symlink()
    is_below_link = any((repository.project / folder).is_symlink() for folder in folders_above(path))
    if is_below_link or not (is_link or place.is_file()):
        return True
    content = read_file(place).content
    blob = hashlib.new(repository.object_format, b"blob %d\0%s" % (len(content), content)).hexdigest()
    if blob == file.entry.blob:
        return is_link and file.entry.mode != LINK
    # git hashes the line ends and the encoding that it would store
    return is_link or repository.text("hash-object", "--", path) != file.entry.blob


# Files and folders that are not under git.


def check_ways(project: Path, merge: Merge) -> None:
    gone = {path for path, entry in merge.changed.items() if entry is None}
    found = (blocker(project, path, gone) for path in sorted(merge.added))
    if blockers := dict.fromkeys(filter(None, found)):
        raise NotReady(
            f"files that are not under git are in the way of new ones: {listed(blockers)}",
            "move them away, or commit them",
        )


def blocker(project: Path, path: str, gone: set[str]) -> str:
    """What a new file at this path would replace, or what it would be written through."""
    for folder in folders_above(path):
        place = project / folder
        if is_file_or_link(place):
            return "" if folder in gone else folder
        if is_folder(place) and os.path.lexists(place / ".git"):
            return f"{folder}/.git"
    return next(left_at(project, path, gone), "")


def left_at(project: Path, path: str, gone: set[str]) -> Iterator[str]:
    """What remains at a path, and in the folder there, without the files that go."""
    place = project / path
    below = place.rglob("*") if is_folder(place) else ()
    emptied = {folder for name in gone for folder in folders_above(name)}
    for found in (place, *below):
        name = found.relative_to(project).as_posix()
        if os.path.lexists(found) and name not in gone and name not in emptied:
            yield name


def folders_above(path: str) -> list[str]:
    """The folders of the project that hold a file, outermost first."""
    return [folder.as_posix() for folder in PurePosixPath(path).parents][-2::-1]
