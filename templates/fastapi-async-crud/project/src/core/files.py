"""Replacing a file so that neither a crash nor another process can spoil it."""

import errno
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from src.core.errors import AppError

if sys.platform != "win32":
    import fcntl

NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class StoreError(AppError):
    """The data cannot be read or written now."""

    status = 503

    def __init__(self, path: Path, reason: str) -> None:
        # The log says where the file is, which the client need not know.
        super().__init__(f"{path.name}: {reason}", f"{path}: {reason}")


class StoreFull(StoreError):
    """No room is left, on the disk or for another id."""

    status = 507


def explained(error: OSError, path: Path) -> StoreError:
    kind = StoreFull if error.errno in NO_SPACE else StoreError
    return kind(path, error.strerror or str(error))


Version = tuple[int, int, int]  # of a file: where it is the same, so is the content
NO_FILE: Version = (0, 0, 0)


def version(path: Path) -> Version:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return NO_FILE
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


@contextmanager
def locked(folder: Path) -> Iterator[int | None]:
    """Keep other processes out, and yield the open folder; who dies loses the lock."""
    if sys.platform == "win32":  # it can neither lock nor flush a folder
        yield None
        return
    # Not the file: after each replacement it is another one.
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


@contextmanager
def staged(path: Path, chunks: Iterable[bytes], after: Version = NO_FILE) -> Iterator[Path]:
    """The new content beside the file, flushed to the disk; gone afterwards if it is not used."""
    new = path.with_name(f".{path.name}.new")
    try:
        with new.open("wb") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        if after != NO_FILE:
            shutil.copymode(path, new)
        # The clock of a file system may tick only every few milliseconds, and two files of
        # one tick and one size would have the same version: so set a later time.
        mtime_ns = max(time.time_ns(), after[0] + 1000)
        os.utime(new, ns=(mtime_ns, mtime_ns))
        yield new
    finally:
        new.unlink(missing_ok=True)


def put_in_place(new: Path, path: Path, folder: int | None) -> None:
    """Replace the file in one step: whoever opens the path gets all of it or nothing."""
    new.replace(path)
    if folder is not None:
        os.fsync(folder)  # without this, a power cut could bring the old file back


def try_to_write(folder: Path, size: int) -> None:
    """Raise OSError if the folder does not take a file of that size."""
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(size))
        probe.flush()
