"""What the owner has where an update writes: refused by name where git could not give it back."""

import hashlib
import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from fastkit.errors import NotReady
from fastkit.machine import git
from fastkit.record.tree import read_file
from fastkit.update.index import Index, Indexed, read_index
from fastkit.update.merge import Merge
from fastkit.update.repository import Repository, listed

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


def as_typed(project: Path, paths: Sequence[str]) -> str:
    """Paths of the project as they are typed in the current folder."""
    return shlex.join(os.path.relpath(project / path) for path in paths)


# Files that git was told not to look at.


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


# Files that differ from what git has, which git may not have noticed.


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
    """Whether a file is another one than git would have in its stead, whatever git's cache says."""
    place = repository.project / path
    is_link = place.is_symlink()
    if is_below_link(repository.project, path) or not (is_link or place.is_file()):
        return True
    if blob_of(repository, read_file(place).content) == file.entry.blob:
        return is_link and file.entry.mode != LINK
    return is_link or converted(repository, path) != file.entry.blob


def blob_of(repository: Repository, content: bytes) -> str:
    return hashlib.new(repository.object_format, b"blob %d\0%s" % (len(content), content)).hexdigest()


def converted(repository: Repository, path: str) -> str:
    """The blob that git would make of a file, with the line ends and the encoding that it keeps."""
    return git.run(["hash-object", "--", path], repository.project).decode().strip()


def is_below_link(project: Path, path: str) -> bool:
    return any((project / folder).is_symlink() for folder in folders_above(path))


# Files and folders that git does not know.


def check_ways(project: Path, merge: Merge) -> None:
    gone = {path for path, entry in merge.changed.items() if entry is None}
    found = (blocker(project, path, gone) for path in sorted(merge.added))
    if blockers := dict.fromkeys(filter(None, found)):
        raise NotReady(
            f"files that are not under git are in the way of new ones: {listed(blockers)}",
            "move them away, or commit them",
        )


def blocker(project: Path, path: str, gone: set[str]) -> str:
    """What would be lost, or be written through, by a new file at this path."""
    for folder in folders_above(path):
        place = project / folder
        is_folder = place.is_dir() and not place.is_symlink()
        if os.path.lexists(place) and not is_folder:
            return "" if folder in gone else folder
        if is_folder and os.path.lexists(place / ".git"):
            return f"{folder}/.git"
    return next(left_at(project, path, gone), "")


def left_at(project: Path, path: str, gone: set[str]) -> Iterator[str]:
    """What stays at a path, and in the folder there, when the files that go are gone."""
    place = project / path
    below = place.rglob("*") if place.is_dir() and not place.is_symlink() else ()
    emptied = {folder for name in gone for folder in folders_above(name)}
    for found in (place, *below):
        name = found.relative_to(project).as_posix()
        if os.path.lexists(found) and name not in gone and name not in emptied:
            yield name


def folders_above(path: str) -> list[str]:
    """Those of the project, from the outermost to the one that holds the file."""
    return [folder.as_posix() for folder in PurePosixPath(path).parents][-2::-1]
