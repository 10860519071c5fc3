"""Folders as dicts: what a test writes before a run, and what it finds after it."""

import stat
from collections.abc import Mapping
from pathlib import Path

from fastkit.catalog.template import Template, load_template


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files; a path that ends in `/` is an empty folder, a text that begins with `-> ` a link."""
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith("/"):
            file.mkdir(exist_ok=True)
        elif isinstance(content, bytes):
            file.write_bytes(content)
        elif content.startswith("-> "):
            file.symlink_to(content.removeprefix("-> "))
        else:
            file.write_bytes(content.encode())
    return root


def read(root: Path) -> dict[str, str | bytes]:
    """All that is below `root`, in the form that `write` takes."""
    paths = sorted(root.rglob("*"))
    full = {path.parent for path in paths}
    return {path_name(path, root): written(path) for path in paths if path not in full}


def path_name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() + ("/" if is_folder(path) else "")


def written(path: Path) -> str | bytes:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    data = content(path)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


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


def is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def write_template(folder: Path, files: Mapping[str, str | bytes]) -> Template:
    return load_template(
        folder.name, write(folder, {"copier.yml": "_subdirectory: project\n", **files}), "folder"
    )
