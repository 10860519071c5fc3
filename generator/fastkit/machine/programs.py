"""Finds programs of this machine, and never in a folder that fastkit works in."""

import os
import shutil


def search_path() -> str:
    """PATH without entries such as `.`, which would run files of the current folder."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if os.path.isabs(folder))  # noqa: PTH117


def find_program(name: str) -> str | None:
    return shutil.which(name, path=search_path())
