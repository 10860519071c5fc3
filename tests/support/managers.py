"""The four package managers as this machine has them, and the registry through which each one works."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fastkit import catalog, features
from tests.support.command_line import clean_environment
from tests.support.folders import write
from tests.support.package_index import (
    WheelsUnavailable,
    download_wheels,
    index_environment,
    serve_wheels,
)
from tests.support.projects import ANSWERS, render

CONTROL = """\
[project]
name = "control"
version = "1"
requires-python = ">=3.11"
dependencies = ["fastapi", "uvicorn[standard]"]

[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
packages = []

[tool.pdm]
distribution = false

[tool.poetry]
package-mode = false
"""

RESOLVES = {
    "uv": ("uv", "lock"),
    "pip": ("python", "-m", "pip", "install", "--dry-run", "--ignore-installed", "."),
    "pdm": ("pdm", "lock"),
    "poetry": ("poetry", "lock", "--no-interaction"),
}
"""How each manager resolves the control project."""

MIRROR = "poetry-plugin-pypi-mirror"
"""Poetry takes another index from a plugin only."""

BESIDE = {"poetry": [MIRROR], "pdm": ["hishel<2"]}
"""What is installed together with a manager: PDM 2.29.4 lets in hishel 2, with which it does not start."""

ANY_RELEASE = "certifi\n"
"""PDM 2.29.4 asks for a certifi so new that mirrors lack it; 2.29.3 does not start with today's httpx2."""

PATIENCE = 900.0


@dataclass
class Managers:
    """The four managers, and through which registry each of them works here.

    Attributes:
        room: where managers that PATH has not are installed, with their caches.
        stack: ends the package index at the end of the tests.
    """

    room: Path
    wheels: Path
    stack: ExitStack
    found: dict[str, dict[str, str]] = field(default_factory=dict)
    index: str = ""

    def environment(self, manager: str) -> dict[str, str]:
        """In which the manager can resolve; skips the test where there is none."""
        if manager not in self.found:
            self.found[manager] = self.find_environment(manager)
        return self.found[manager]

    def find_environment(self, manager: str) -> dict[str, str]:
        usual = with_program(clean_environment(), self.folder_of(manager))
        problem = self.problem(manager, usual)
        if not problem:
            print(f"\n  {manager}: through the registry that is configured here")
            return usual
        print(f"\n  {manager}: through the tests' own index, as a project without fastkit fails: {problem}")
        base = clean_environment(index_environment(self.served(), self.room))
        served = with_program(base, self.folder_of(manager, MIRROR))
        assert self.problem(manager, served) == ""
        return served

    def folder_of(self, manager: str, plugin: str = "") -> Path | None:
        """Where the manager is installed at its current release, if PATH has not the one that is needed."""
        if manager in ("uv", "pip") or (shutil.which(manager) and not (plugin and manager == "poetry")):
            return None
        environment = self.room / manager
        if not environment.exists():
            self.run("uv", "venv", "--quiet", "--python", sys.executable, str(environment))
            overrides = write(self.room, {"overrides.txt": ANY_RELEASE}) / "overrides.txt"
            options = ("--python", str(environment / "bin/python"), "--override", str(overrides))
            done = self.run("uv", "pip", "install", *options, manager, *BESIDE[manager])
            if done.returncode:
                pytest.skip(f"the registry does not give {manager}: {done.stderr.strip().splitlines()[-1]}")
        return environment / "bin"

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return run(words, self.room, clean_environment())

    def problem(self, manager: str, env: Mapping[str, str]) -> str:
        """Why the control project cannot be resolved; empty where it can."""
        folder = self.room / f"control-{manager}"
        shutil.rmtree(folder, ignore_errors=True)
        done = run(RESOLVES[manager], write(folder, {"pyproject.toml": CONTROL}), env)
        return "" if done.returncode == 0 else reason(done.stdout + done.stderr)

    def served(self) -> str:
        """The URL of an index with all that the project needs, of any manager."""
        if not self.index:
            about = self.pyproject()
            oldest = about["project"]["requires-python"].removeprefix(">=")
            try:
                download_wheels(requirements(about), self.wheels, oldest_python=oldest)
            except WheelsUnavailable as error:
                pytest.skip(str(error))
            self.index = self.stack.enter_context(serve_wheels(self.wheels))
        return self.index

    def pyproject(self) -> dict[str, Any]:
        """What the project that fastkit makes says of itself, with all features."""
        template = catalog.find("fastapi-async-crud")
        names = [feature.name for feature in features.offered(template)]
        project = render(template, {**ANSWERS, "package_manager": "uv"}, self.room, names)
        return tomllib.loads((project / "pyproject.toml").read_text("utf-8"))


def requirements(pyproject: dict[str, Any]) -> list[str]:
    """What the project requires, in all of its groups and extras, and what makes its environment."""
    extras = pyproject["project"].get("optional-dependencies", {})
    groups = pyproject["dependency-groups"]
    lists = [pyproject["project"]["dependencies"], *extras.values(), *groups.values(), ["pip", "setuptools"]]
    return [wanted for several in lists for wanted in several]


def reason(said: str) -> str:
    """The line of a manager's output that tells most."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["no output"]
    return next((line for line in lines if re.search(r"Error|Exception|[Uu]nable to", line)), lines[-1])


def with_program(env: dict[str, str], folder: Path | None) -> dict[str, str]:
    return env if folder is None else env | {"PATH": f"{folder}{os.pathsep}{env['PATH']}"}


def run(words: tuple[str, ...], cwd: Path, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    program = shutil.which(words[0], path=env["PATH"]) or words[0]
    return subprocess.run(
        [program, *words[1:]],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
