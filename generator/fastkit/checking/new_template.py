"""`template new`: a copy of the folder `starter` under another name."""

import re
from pathlib import Path

from fastkit.errors import DestinationError, UsageError
from fastkit.machine.disk import new_folders, temporary_folder
from fastkit.machine.folders import is_never_rendered
from fastkit.machine.names import WINDOWS_DEVICES

STARTER = Path(__file__).parent / "starter"

NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?", re.IGNORECASE | re.ASCII)


def copy_starter(name: str, parent: Path) -> Path:
    """Make the template `name` in a folder, completely or not at all.

    Raises:
        UsageError: a template cannot have this name.
        DestinationError: it exists already, or the folder cannot be written.
    """
    check_name(name)
    template = parent / name
    if template.exists() or template.is_symlink():
        raise DestinationError(f"`{template}` already exists", "choose another NAME or --output")
    with new_folders(parent), temporary_folder(parent) as folder:
        for path in sorted(STARTER.rglob("*")):
            below = path.relative_to(STARTER)
            if path.is_file() and not is_never_rendered(below.as_posix()):
                copy = folder / name / below
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(content(path, name))
        (folder / name).rename(template)
    return template


def content(path: Path, name: str) -> bytes:
    """The content of a file of the starter, with the name of the new template where it is mentioned."""
    words = {
        STARTER / "copier.yml": ("title: Starter", f'title: "{as_title(name)}"'),
        STARTER / "README.md": ("NAME", name),
    }
    old, new = words.get(path, ("", ""))
    return path.read_bytes().replace(old.encode(), new.encode()) if old else path.read_bytes()


def as_title(name: str) -> str:
    return re.sub(r"[-_.]+", " ", name).capitalize()


def check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise UsageError(
            f"a template cannot be called `{name}`",
            "use ASCII letters, digits, `-`, `_` and `.`, and begin and end with a letter or digit",
        )
    if name.lower().split(".")[0] in WINDOWS_DEVICES:
        raise UsageError(f"a template cannot be called `{name}`: Windows reserves it", "choose another name")
