"""Whose a folder is: what is found above the current one may have been put there by somebody else."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path


def why_not_ours(folder: Path, start: Path, used: Iterable[Path] = ()) -> str:
    """Why nothing of a folder should be run or obeyed; empty where it is ours.

    The folder that a person has gone to is their choice, whoever owns it; one that is found upwards is
    not. Where everybody can write, what is used there must be ours, too.

    Args:
        start: where the search began.
        used: what is to be run or obeyed in the folder, as far as it is there.
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
    """Root, and whoever runs us or has become root to do so."""
    caller = os.environ.get("SUDO_UID", "") if os.geteuid() == 0 else ""
    return {0, os.geteuid(), *([int(caller)] if caller.isdecimal() else [])}


def owner(place: Path) -> str:
    import pwd

    number = place.lstat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
