"""Files as git stores them: a mode and bytes by path."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fastkit.machine.folders import files_below
from fastkit.machine.git import is_never_committed
from fastkit.record.gitignore import Ignored

Mode = Literal["100644", "100755", "120000"]


@dataclass(frozen=True)
class File:
    """Attributes: content: the bytes of a file, or the target of a link."""

    content: bytes
    mode: Mode = "100644"


Tree = Mapping[str, File]
"""By path with `/`, below the project."""


def tracked(project: Path) -> list[str]:
    """The files of a rendered project that git would track."""
    paths = [path for path in files_below(project) if not path.endswith("/")]
    ignored = Ignored({path: text_of(project / path) for path in paths if is_ignore_file(path)})
    return [path for path in paths if is_tracked(path, ignored)]


def read_tree(project: Path, paths: Iterable[str]) -> dict[str, File]:
    return {path: read_file(project / path) for path in paths}


def is_ignore_file(path: str) -> bool:
    return path.split("/")[-1] == ".gitignore"


def is_tracked(path: str, ignored: Ignored) -> bool:
    return not is_never_committed(path) and path not in ignored


def text_of(file: Path) -> str:
    return file.read_text("utf-8", errors="surrogateescape") if file.is_file() else ""


def read_file(path: Path) -> File:
    if path.is_symlink():
        return File(os.fsencode(path.readlink()), "120000")
    executable = path.stat().st_mode & 0o100
    return File(path.read_bytes(), "100755" if executable else "100644")
