"""A package manager, as a value."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from fastkit.distributions import is_older
from fastkit.errors import ManagerUnavailable
from fastkit.machine.processes import find_program
from fastkit.package_managers.variables import is_named, kept_variables

ANY_PYTHON = "python" if os.name == "nt" else "python3"
"""The interpreter that makes an environment, as a person types it; fastkit runs the step with its own."""

ALONE = "-I"
"""Prevents Python from importing files in the project's folder, such as a `logging.py`."""

ALONE_BY_VARIABLE = {"PYTHONSAFEPATH": "1"}
"""The same, for every Python that a package manager starts."""


@dataclass(frozen=True)
class Step:
    """One command, as a person would type it in the project's folder."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(f'"{word}"' if set(word) & set("<>= ") else word for word in self.words)


@dataclass(frozen=True)
class PackageManager:
    """How a package manager makes a project's environment.

    Attributes:
        minimum: the oldest version that can install projects of fastkit.
        get_it: a command that installs or updates the package manager.
        steps: the commands that make `.venv` in the project and install everything into it.
        runs: the prefix that runs a command in that environment.
        lockfile: the file that the install leaves for git, if any.
        lock: the command that updates the lockfile, and keeps its versions if it can.
        find: returns the executable, or None.
        obeys: patterns of the variables that say where packages come from, how they are fetched and which
            are allowed. No other setting of a package manager reaches a step, as it would be meant for
            another project.
        settings: environment variables for the steps.
        settings_in: more variables for one project, from the package manager's own files.
        shows_settings: where a person can see these settings.
    """

    name: str
    minimum: str
    get_it: str
    steps: tuple[Step, ...]
    runs: str
    find: Callable[[], str | None] = field(repr=False)
    lockfile: str = ""
    lock: Step | None = None
    obeys: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    settings_in: Callable[[Path, Mapping[str, str]], Mapping[str, str]] = field(
        default=lambda project, environment: {}, repr=False
    )
    shows_settings: str = ""

    def check(self) -> None:
        """
        Raises:
            ManagerUnavailable: it is missing, does not start, or is too old.
        """
        executable = self.find()
        if executable is None:
            raise ManagerUnavailable(
                f"the package manager `{self.name}` is not installed",
                f"run `{self.get_it}`, or pass another --package-manager",
            )
        version = version_of(executable, self.obeys)
        if version is None:
            raise ManagerUnavailable(
                f"`{executable} --version` fails", f"run `{self.get_it}`, or pass another --package-manager"
            )
        if is_older(version, self.minimum):
            raise ManagerUnavailable(
                f"`{self.name}` {version} is too old: {self.minimum} or later is needed",
                f"run `{self.get_it}`, or pass another --package-manager",
            )

    def command(self, step: Step) -> list[str]:
        """The step, with the path of its executable on this machine."""
        first, *rest = step.words
        if first == self.name:
            return [self.find() or first, *rest]
        if first == ANY_PYTHON:
            return [sys.executable, ALONE, *rest]
        return [str(Path(first)), *([ALONE] if first == in_environment("python") else []), *rest]

    def typed(self, step: Step) -> str:
        """The step as a person can type it, even if the package manager is not on PATH."""
        first, *rest = step.words
        came_with_fastkit = first == self.name and not find_program(first)
        return str(Step((self.find() or first, *rest)) if came_with_fastkit else step)

    def run(self, tool: str) -> str:
        """The command that runs a Python tool in the project's environment."""
        came_with_fastkit = self.find() and not find_program(self.name)
        return f"{in_environment('python')} -m {tool}" if came_with_fastkit else f"{self.runs} {tool}"

    def environment(self, project: Path | None = None) -> dict[str, str]:
        """The variables for the steps, and for other programs in the project."""
        usual = {**kept_variables(self.obeys), **self.settings}
        return usual if project is None else {**usual, **self.settings_in(project, usual)}

    def in_force(self, project: Path) -> list[str]:
        """The names of the person's own settings that a step in the project obeys."""
        own = self.environment(project).keys() - self.settings.keys()
        return sorted(name for name in own if is_named(name, self.obeys))


def on_path(name: str) -> Callable[[], str | None]:
    return lambda: find_program(name)


@cache
def version_of(executable: str, obeyed: tuple[str, ...] = ()) -> str | None:
    """Asked in a folder outside any project, as some package managers load plugins from a project."""
    try:
        done = subprocess.run(
            [executable, "--version"],
            cwd=sys.prefix,
            env=kept_variables(obeyed),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return found.group() if found and done.returncode == 0 else None


def in_environment(tool: str) -> str:
    """A program in `.venv`, as a person types it in the project's folder."""
    return rf".venv\Scripts\{tool}" if os.name == "nt" else f".venv/bin/{tool}"
