"""The template that authors start from: a copy of the folder `starter`, under a name of its own."""

import re
from pathlib import Path

from fastkit.errors import DestinationError, UsageError
from fastkit.machine.disk import new_folders, temporary_folder
from fastkit.machine.folders import is_never_rendered
from fastkit.machine.names import WINDOWS_DEVICES

STARTER = Path(__file__).parent / "starter"

NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?", re.IGNORECASE | re.ASCII)


def copy_starter(name: str, parent: Path) -> Path:
    """Make the template `name` in a folder, whole or not at all.

    Raises:
        UsageError: nobody could call a template so.
        DestinationError: something is there already, or nothing can be written there.
    """
    check_name(name)
    template = parent / name
    if template.exists() or template.is_symlink():
        raise DestinationError(f"`{template}` is there already", "take another NAME or --output")
    with new_folders(parent), temporary_folder(parent) as room:
        for path in sorted(STARTER.rglob("*")):
            below = path.relative_to(STARTER)
            if path.is_file() and not is_never_rendered(below.as_posix()):
                copy = room / name / below
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(content(path, name))
        (room / name).rename(template)
    return template


def content(path: Path, name: str) -> bytes:
    """The two files that say what the template is called hold its name; the others stay as they are."""
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
            "take ASCII letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit",
        )
    if name.lower().split(".")[0] in WINDOWS_DEVICES:
        raise UsageError(f"a template cannot be called `{name}`: Windows reserves it", "take another name")
