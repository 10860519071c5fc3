"""Moves rendered files into a destination, and back if something fails.

Where the system allows it (Windows does not), every folder below the destination is opened without following
a link: another program could replace a folder that fastkit has just checked with a link.
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

    def move_out(self, name: str, target: Path) -> None:
        os.rename(self.at(name), target, src_dir_fd=self.handle)

    def move_in(self, source: Path, name: str) -> None:
        os.rename(source, self.at(name), dst_dir_fd=self.handle)

    def kind(self, name: str) -> int:
        """The type of the file, 0 where there is none."""
        with suppress(FileNotFoundError):
            return stat.S_IFMT(os.stat(self.at(name), dir_fd=self.handle, follow_symlinks=False).st_mode)
        return 0


@contextmanager
def opened(root: Path, folder: PurePath) -> Iterator[Folder]:
    """
    Raises:
        OSError: one of the folders on the way is a link, or missing.
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
    """The moves between a staging folder and the destination so far."""

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
            OSError: the disk refuses, or another file is there by now.
        """
        folder = self.real(path.parent)
        self.make(folder)
        with opened(self.destination, folder) as here:
            kind = here.kind(path.name)
            if kind == stat.S_IFDIR or (kind and not replaces):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            if kind:
                (self.aside / path).parent.mkdir(parents=True, exist_ok=True)
                here.move_out(path.name, self.aside / path)
                self.moved.append(Move(folder, path.name, self.aside / path, inwards=False))
            here.move_in(self.staged / path, path.name)
            self.moved.append(Move(folder, path.name, self.staged / path, inwards=True))

    def real(self, folder: PurePath) -> PurePath:
        """The folder, with the links within the project resolved."""
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
                here.move_out(move.name, move.other) if move.inwards else here.move_in(move.other, move.name)
        except OSError:
            return False
        return True

    def kept(self) -> DestinationError:
        staging = self.aside.parent
        kept = self.aside.rename(staging.with_name(f"{staging.name}-replaced"))
        return DestinationError(
            f"files of `{self.destination}` that were to be replaced cannot be put back",
            f"they are in `{kept}`: put them back by hand",
        )
