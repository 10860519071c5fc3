"""The environment variables for package managers, and for other programs in a project."""

import os
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from fastkit.machine.processes import search_path

SETTING = re.compile(r"(UV|PIP|PDM|POETRY)_", re.IGNORECASE)
"""A variable that a package manager reads as one of its settings."""

ANOTHER_PYTHON = {
    *("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "__PYVENV_LAUNCHER__"),
    *("PYTHONHOME", "PYTHONPATH", "PYTHONPLATLIBDIR", "PYTHONEXECUTABLE", "PYTHONUSERBASE"),
}
"""Variables that would make Python use another environment than the project's."""


def kept_variables(obeyed: Iterable[str]) -> dict[str, str]:
    """The person's own variables, with only those settings of package managers that match a pattern."""
    patterns = tuple(obeyed)
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ANOTHER_PYTHON and (not SETTING.match(name) or is_named(name, patterns))
    }
    return {**kept, "PATH": search_path()}


def is_named(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name.upper(), pattern) for pattern in patterns)
