"""Rendered files on their way into a destination, and back.

Where the system allows it (Windows does not), every folder is opened from the destination on, without
following a link: somebody may put a link in the place of a folder that fastkit has just looked at.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from fastkit.errors import DestinationError

FOLDER_ALONE = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", 0)
NO_LINK = FOLDER_ALONE | getattr(os, "O_NOFOLLOW", 0)

BY_HANDLE = {os.open, os.mkdir, os.rename, os.rmdir, os.stat} <= os.supports_dir_fd


@dataclass(frozen=True)
class Folder:
    """A folder of the project: by its open handle, or else by its path."""

    path: Path
    handle: int | None = None

    def at(self, name: str) -> str:
        return name if self.handle is not None else str(self.path / name)

    def make(self, name: str) -> None:
        os.mkdir(self.at(name), dir_fd=self.handle)

    def remove(self, name: str) -> None:
        os.rmdir(self.at(name), dir_fd=self.handle)

    def give(self, name: str, target: Path) -> None:
        os.rename(self.at(name), target, src_dir_fd=self.handle)

    def take(self, source: Path, name: str) -> None:
        os.rename(source, self.at(name), dst_dir_fd=self.handle)

    def kind(self, name: str) -> int:
        """Of what is there, 0 where nothing is."""
        with suppress(FileNotFoundError):
            return stat.S_IFMT(os.stat(self.at(name), dir_fd=self.handle, follow_symlinks=False).st_mode)
        return 0


@contextmanager
def opened(root: Path, folder: PurePath) -> Iterator[Folder]:
    """
    Raises:
        OSError: one of the folders on the way is a link, or gone.
    """
    if not BY_HANDLE:
        yield Folder(root / folder)
        return
    handle = os.open(root, FOLDER_ALONE)
    try:
        for part in folder.parts:
            above, handle = handle, os.open(part, NO_LINK, dir_fd=handle)
            os.close(above)
        yield Folder(root / folder, handle)
    finally:
        os.close(handle)


@dataclass(frozen=True)
class Move:
    """A file that was moved into a folder of the project, or out of it to make room."""

    folder: PurePath
    name: str
    other: Path
    inwards: bool


class Moves:
    """What has moved between a staging folder and the destination so far."""

    def __init__(self, staged: Path, destination: Path) -> None:
        self.staged = staged
        self.destination = destination
        self.aside = staged.with_name(".replaced")
        self.is_whole = False
        self.moved: list[Move] = []
        self.made: list[PurePath] = []

    def whole(self) -> None:
        self.staged.rename(self.destination)
        self.is_whole = True

    def empty_folder(self, path: PurePath) -> None:
        self.make(self.real(path))

    def file(self, path: PurePath, *, replaces: bool) -> None:
        """
        Raises:
            OSError: the disk refuses, or something else than before is there.
        """
        folder = self.real(path.parent)
        self.make(folder)
        with opened(self.destination, folder) as here:
            kind = here.kind(path.name)
            if kind == stat.S_IFDIR or (kind and not replaces):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            if kind:
                (self.aside / path).parent.mkdir(parents=True, exist_ok=True)
                here.give(path.name, self.aside / path)
                self.moved.append(Move(folder, path.name, self.aside / path, inwards=False))
            here.take(self.staged / path, path.name)
            self.moved.append(Move(folder, path.name, self.staged / path, inwards=True))

    def real(self, folder: PurePath) -> PurePath:
        """Where in the project a folder is, once the links within the project are resolved."""
        found, project = (self.destination / folder).resolve(), self.destination.resolve()
        if not found.is_relative_to(project):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return found.relative_to(project)

    def make(self, folder: PurePath) -> None:
        for path in [*reversed(folder.parents), folder][1:]:
            with opened(self.destination, path.parent) as above, suppress(FileExistsError):
                above.make(path.name)
                self.made.append(path)

    def back(self) -> None:
        """
        Raises:
            DestinationError: a replaced file cannot be put back; it is kept.
        """
        if self.is_whole:
            self.destination.rename(self.staged)
        stuck = [move for move in reversed(self.moved) if not self.is_undone(move)]
        for path in reversed(self.made):
            with suppress(OSError), opened(self.destination, path.parent) as above:
                above.remove(path.name)
        if any(not move.inwards for move in stuck):
            raise self.kept()

    def is_undone(self, move: Move) -> bool:
        try:
            with opened(self.destination, move.folder) as here:
                here.give(move.name, move.other) if move.inwards else here.take(move.other, move.name)
        except OSError:
            return False
        return True

    def kept(self) -> DestinationError:
        room = self.aside.parent
        kept = self.aside.rename(room.with_name(f"{room.name}-replaced"))
        return DestinationError(
            f"files of `{self.destination}` that were to be replaced cannot be put back",
            f"they are in `{kept}`: put them back by hand",
        )
