"""Folders as dicts: what is written before a run, and what is found after it."""

import stat
from collections.abc import Mapping
from pathlib import Path


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write these files below `root`, with their folders."""
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def tree(root: Path) -> dict[str, tuple[str, bytes]]:
    """Mode and content of all that is below `root`, but for what git keeps in `.git`."""
    paths = {path.relative_to(root): path for path in sorted(root.rglob("*"))}
    return {
        name.as_posix(): (stat.filemode(path.lstat().st_mode), content(path))
        for name, path in paths.items()
        if ".git" not in name.parts
    }


def content(path: Path) -> bytes:
    if path.is_symlink():
        return str(path.readlink()).encode()
    return path.read_bytes() if path.is_file() else b""
