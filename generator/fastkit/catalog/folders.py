"""The folders in which fastkit looks for templates by name."""

import os
from collections.abc import Iterator
from pathlib import Path

from fastkit.machine.folders import expanded

GROUP = "fastkit.templates"
"""The entry points by which an installed package offers the folder `templates` beside its code."""


def folders() -> Iterator[tuple[str, Path]]:
    """Sources with their folders, in the order in which they are searched.

    Installed packages come last, so that no dependency of a project can replace a bundled template, and
    because reading their metadata takes longer than everything else.
    """
    yield "user", user_folder()
    yield "bundled", bundled_folder()
    for folder in installed_folders():
        yield "installed", folder


def bundled_folder() -> Path:
    """In the package when installed; at the root of the repository in an editable install."""
    package = Path(__file__).parents[1]
    installed = package / "templates"
    return installed if installed.is_dir() else package.parents[1] / "templates"


def user_folder() -> Path:
    if chosen := os.environ.get("FASTKIT_TEMPLATES"):
        return expanded(chosen)
    from platformdirs import user_config_path

    return user_config_path("fastkit") / "templates"


def installed_folders() -> Iterator[Path]:
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        for package in package_folders(point.module):
            yield package / "templates"


def package_folders(module: str) -> list[Path]:
    """The folders of a package, found without importing it, which would run its code."""
    from importlib.util import find_spec

    name, *below = module.split(".")
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return []
    return [Path(place, *below) for place in (spec and spec.submodule_search_locations) or ()]
