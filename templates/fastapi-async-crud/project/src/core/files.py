"""Replacing a file so that neither a crash nor another process can spoil it."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

if sys.platform != "win32":
    import fcntl


class Version(NamedTuple):
    """Two states of a file with the same version have the same content."""

    mtime_ns: int
    size: int
    inode: int

    @classmethod
    def of(cls, stat: os.stat_result) -> "Version":
        return cls(stat.st_mtime_ns, stat.st_size, stat.st_ino)


NO_FILE = Version(0, 0, 0)
UNREAD = Version(-1, -1, -1)


def version(path: Path) -> Version:
    try:
        return Version.of(path.stat())
    except FileNotFoundError:
        return NO_FILE


def read(path: Path) -> tuple[Version, bytes]:
    try:
        with path.open("rb") as file:
            return Version.of(os.fstat(file.fileno())), file.read()
    except FileNotFoundError:
        return NO_FILE, b""


@contextmanager
def locked(folder: Path) -> Iterator[int | None]:
    """Keep other processes out; gives the open folder.

    The folder is locked, not the file, because the file is another one after each
    replacement. The system frees the lock of a process that dies.
    """
    if sys.platform == "win32":  # it can neither lock nor flush a folder
        yield None
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def stage(path: Path, chunks: Iterable[bytes], after: Version = NO_FILE) -> Path:
    """Write the new content beside the file, flushed to the disk."""
    staged = path.with_name(f".{path.name}.new")
    try:
        with staged.open("wb") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        if after != NO_FILE:
            shutil.copymode(path, staged)
        # The clock of a file system may tick only every few milliseconds, and two
        # files of one tick and one size would pass for the same: so set a later time.
        mtime_ns = max(time.time_ns(), after.mtime_ns + 1000)
        os.utime(staged, ns=(mtime_ns, mtime_ns))
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    return staged


def put_in_place(staged: Path, path: Path, folder: int | None) -> None:
    """The replacement itself is one step: whoever opens the path gets all or nothing."""
    try:
        staged.replace(path)
    except OSError:  # such as a path that is mounted by itself: it cannot be replaced
        staged.unlink(missing_ok=True)
        raise
    if folder is not None:
        os.fsync(folder)  # without this a power cut could bring the old name back


def try_to_write(folder: Path, size: int) -> None:
    """Raises OSError if the folder would not take a file of that size."""
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(size))
        probe.flush()
