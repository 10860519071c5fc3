"""The package managers as tests run them: an index of the tests' own gives them what is committed.

So no new release decides about a change of ours. With FASTKIT_PROOF=1 they are the newest, and so is all that
they install.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from tests.support import constraints
from tests.support.command_line import clean_environment
from tests.support.package_index import (
    WheelsUnavailable,
    download_wheels,
    index_environment,
    serve_wheels,
)

PATIENCE = 600.0

NEWEST = "FASTKIT_PROOF" in os.environ


@dataclass
class Managers:
    """
    Attributes:
        room: where managers are installed, with their caches.
        wheels: a cache of what the index serves.
        stack: ends the index at the end of the tests.
    """

    room: Path
    wheels: Path
    stack: ExitStack

    def environment(self, manager: str = "uv") -> dict[str, str]:
        """In which the manager installs projects; skips the test where no registry gives what that takes."""
        env = clean_environment(index_environment(self.index, self.room))
        return with_program(env, self.installed(manager)) if manager in constraints.MANAGERS else env

    @cached_property
    def pins(self) -> Path:
        """The folder with the files of constraints."""
        if NEWEST:
            constraints.resolve(self.room / "newest")
        return self.room / "newest" if NEWEST else constraints.CONSTRAINTS

    @cached_property
    def index(self) -> str:
        """The address of an index with all that projects need."""
        files = [self.pins / f"{name}.txt" for name in constraints.requirements_of_projects()]
        try:
            return self.stack.enter_context(serve_wheels(download_wheels(files, self.wheels)))
        except WheelsUnavailable as error:
            pytest.skip(str(error))

    def installed(self, manager: str) -> Path:
        """The folder of the manager's program."""
        environment = self.room / manager
        if not environment.exists():
            self.uv("venv", "--python", sys.executable, str(environment))
            self.uv("pip", "sync", "--python", str(environment), str(self.pins / f"{manager}.txt"))
        return environment / "bin"

    def uv(self, *words: str) -> None:
        done = run((sys.executable, "-m", "uv", "--quiet", *words), self.room, clean_environment())
        if done.returncode:
            pytest.skip(f"the registry does not give what is pinned: {done.stderr.strip().splitlines()[-1]}")


def with_program(env: dict[str, str], folder: Path) -> dict[str, str]:
    return env | {"PATH": f"{folder}{os.pathsep}{env['PATH']}"}


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
