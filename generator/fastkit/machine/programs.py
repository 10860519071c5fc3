"""Programs of this machine, found where no folder that fastkit works in can have put them."""

import os
import shutil


def search_path() -> str:
    """PATH without entries such as `.`, by which a file of the current folder would be run."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if os.path.isabs(folder))  # noqa: PTH117


def find_program(name: str) -> str | None:
    return shutil.which(name, path=search_path())
