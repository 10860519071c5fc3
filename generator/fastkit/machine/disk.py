"""The current folder, temporary folders, locks, and the errors of disks."""

import errno
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fastkit.errors import Busy, DestinationError, UsageError
from fastkit.machine.folders import entries
from fastkit.machine.interrupts import undisturbed

stands_nowhere = False
"""Whether fastkit was started in a folder that is gone."""


def stand_somewhere() -> None:
    """Go to the root if the current folder is gone, as much would fail without one."""
    global stands_nowhere
    try:
        Path.cwd()
    except OSError:
        stands_nowhere = True
        os.chdir(os.sep)


def current_folder() -> Path:
    """
    Raises:
        UsageError: it is gone.
    """
    if stands_nowhere:
        raise UsageError("the current folder does not exist any more", "go to a folder that does")
    return Path.cwd()


def absolute(path: Path) -> Path:
    """
    Raises:
        UsageError: the path is relative to a folder that is gone.
    """
    return path if path.is_absolute() else current_folder() / path


def is_here(path: Path) -> bool:
    return not stands_nowhere and path == Path.cwd()


def fresh_mode(*, executable: bool) -> int:
    """The mode that the umask gives a new file."""
    umask = os.umask(0o077)
    os.umask(umask)
    return (0o777 if executable else 0o666) & ~umask


def copy_executable_bit(source: Path, target: Path) -> None:
    """Copy the only part of a template file's mode that counts; the umask decides the rest."""
    if source.stat().st_mode & 0o100:
        target.chmod(fresh_mode(executable=True))


@contextmanager
def locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Keep every other run of fastkit out of a folder, until the block or this process ends.

    The lock is on the folder itself, so that it leaves no file. Where there are no such locks (on Windows, on
    some network file systems), every run gets in.

    Args:
        shared: let in others that only read.

    Raises:
        Busy: another run holds the lock.
    """
    handle = lock(folder, shared) if os.name == "posix" else None
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def lock(folder: Path, shared: bool) -> int | None:
    fcntl: Any = importlib.import_module("fcntl")
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_NB | (fcntl.LOCK_SH if shared else fcntl.LOCK_EX))
    except BlockingIOError:
        os.close(handle)
        raise Busy(folder) from None
    except OSError:
        pass
    return handle


@contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    folder = None
    try:
        with undisturbed():
            folder = Path(tempfile.mkdtemp(prefix=".fastkit-", dir=parent))
        yield folder
    finally:
        with undisturbed():
            if folder:
                remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder with everything in it, even if it is too deep for `shutil` (before Python 3.13)."""
    with suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for _, entry in reversed([*entries(folder, depth=sys.maxsize)]):
            with suppress(OSError):
                path = Path(entry.path)
                path.rmdir() if entry.is_dir(follow_symlinks=False) else path.unlink()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_folders(folder: Path) -> Iterator[None]:
    """Make `folder` and its parents; remove those that are still empty at the end."""
    existing = nearest_existing(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise disk_error(error, folder) from error
    finally:
        with undisturbed():
            while folder != existing:
                with suppress(OSError):
                    folder.rmdir()
                folder = folder.parent


DISK_PROBLEMS = {
    errno.ENOSPC: ("no space left on the disk of", "free some space, or pass another folder as --output"),
    errno.EDQUOT: ("the disk quota is used up in", "free some space, or pass another folder as --output"),
    errno.EFBIG: ("a file grew beyond the size limit in", "raise the limit (`ulimit -f`)"),
    errno.EROFS: ("the file system is read-only at", "pass another folder as --output"),
    errno.EACCES: ("no permission to write in", "pass a folder of your own as --output"),
    errno.EPERM: ("no permission to write in", "pass a folder of your own as --output"),
    errno.ENAMETOOLONG: ("a path becomes too long in", "take a shorter --project-name or --output"),
}


MEANWHILE = dict.fromkeys(
    (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.ELOOP),
    ("something else has just been put in", "look at it, then try again"),
)
"""Errors of files that appeared after fastkit looked."""


def is_disk_error(error: OSError) -> bool:
    return error.errno in DISK_PROBLEMS


def disk_error(error: OSError, folder: Path) -> DestinationError:
    other = f"{error.strerror or error} at", "pass another --output"
    what, hint = (DISK_PROBLEMS | MEANWHILE).get(error.errno or 0, other)
    return DestinationError(f"{what} `{folder}`", hint)


def nearest_existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())
