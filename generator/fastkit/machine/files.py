"""Moves and copies single files, so that nothing is at the target before all of it is there."""

import errno
import os
import shutil
from pathlib import Path
from secrets import token_hex


def is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def is_file_or_link(path: Path) -> bool:
    return os.path.lexists(path) and not is_folder(path)


def set_aside(source: Path, target: Path) -> None:
    """Move a file; where the disk has hard links, it stays in its place, too, until another replaces it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if source.is_symlink():
            raise NotImplementedError  # some systems would link to what it points at
        target.hardlink_to(source)
    except (OSError, NotImplementedError):
        move(source, target)


def move(source: Path, target: Path) -> None:
    """Rename a file or a link, if need be to another disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy(source, target)
        source.unlink()


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".fastkit-{token_hex(4)}")
    try:
        shutil.copy2(source, part, follow_symlinks=False)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
