"""File trees as dicts: what a test writes, and what it finds afterwards."""

from collections.abc import Mapping
from pathlib import Path

from fastkit.catalog import Template, load


def write_tree(root: Path, tree: Mapping[str, str | bytes]) -> Path:
    """Write files; a path that ends in `/` is an empty folder, a text that begins with `-> ` a link."""
    for path, content in tree.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith("/"):
            file.mkdir(exist_ok=True)
        elif isinstance(content, bytes):
            file.write_bytes(content)
        elif content.startswith("-> "):
            file.symlink_to(content.removeprefix("-> "))
        else:
            file.write_text(content, "utf-8")
    return root


def read_tree(root: Path) -> dict[str, str | bytes]:
    """All that is below `root`, in the form that `write_tree` takes."""
    return {name: content_of(path) for name, path in sorted(walk(root, ""))}


def walk(folder: Path, prefix: str) -> list[tuple[str, Path]]:
    found = []
    for path in folder.iterdir():
        name = prefix + path.name
        if path.is_dir() and not path.is_symlink():
            found += walk(path, name + "/") or [(name + "/", path)]
        else:
            found.append((name, path))
    return found


def content_of(path: Path) -> str | bytes:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    if path.is_dir():
        return ""
    data = path.read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def write_template(folder: Path, tree: Mapping[str, str | bytes]) -> Template:
    return load(folder.name, write_tree(folder, {"copier.yml": "_subdirectory: project\n", **tree}), "folder")
