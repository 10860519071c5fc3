"""Tells who owns a folder: what is found above the current one may belong to another user."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path


def why_not_ours(folder: Path, start: Path, used: Iterable[Path] = ()) -> str:
    """Why nothing in a folder should be run or obeyed; empty where it is the user's own.

    Users choose their current folder, whoever owns it, but not one that is found above it. In a folder that
    everybody can write, the files that are used must be the user's own, too.

    Args:
        start: where the search began.
        used: the files in the folder that would be run or obeyed, if they exist.
    """
    if os.name == "nt":
        return ""
    is_open = folder.stat().st_mode & stat.S_IWOTH
    if folder != start and is_open:
        return f"everybody can write in `{folder}`"
    places = (*([folder] if folder != start else []), *(used if is_open else ()))
    strange = next((place for place in places if is_strangers(place)), None)
    return f"`{strange}` belongs to `{owner(strange)}`" if strange else ""


def is_strangers(place: Path) -> bool:
    return os.path.lexists(place) and place.lstat().st_uid not in owners()


def owners() -> set[int]:
    """Root, the user who runs fastkit, and the one who called sudo."""
    caller = os.environ.get("SUDO_UID", "") if os.geteuid() == 0 else ""
    return {0, os.geteuid(), *([int(caller)] if caller.isdecimal() else [])}


def owner(place: Path) -> str:
    import pwd

    number = place.lstat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
