"""fastkit as a person runs it: a process with words, answers and an environment of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.forks import Done, Server

FASTKIT = (str(Path(sys.executable).with_name("fastkit.exe" if os.name == "nt" else "fastkit")),)
"""The program that the environment of the tests has installed."""

OTHERS_SETTINGS = {
    *("CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "GITHUB_ACTIONS", "LINES", "NO_COLOR", "PY_COLORS"),
    *("CONDA_PREFIX", "VIRTUAL_ENV", "FASTKIT_TEMPLATES", "XDG_CONFIG_HOME"),
    *("GIT_AUTHOR_EMAIL", "GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_NAME", "GIT_DIR"),
    *("PYTHONIOENCODING", "PYTHONWARNINGS"),
}
"""What the machine that runs the tests may have set and a test must not see."""


CHECKED_LATE = {
    *("CONDA_PREFIX", "VIRTUAL_ENV", "FASTKIT_TEMPLATES", "XDG_CONFIG_HOME", "GIT_DIR"),
    *("GIT_AUTHOR_EMAIL", "GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_NAME"),
}
"""Those of them that nothing reads while it is imported."""


@dataclass(frozen=True)
class Run:
    """How one call ended."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """Standard output as the one JSON value that it has to be."""
        return json.loads(self.out)

    @property
    def error_lines(self) -> list[str]:
        return self.err.splitlines()

    def command_after(self, title: str) -> str:
        """The first command below a title such as `Next steps`."""
        lines = self.out.splitlines()
        return lines[lines.index(f"{title}:") + 1].strip()


def clean_environment(base: Mapping[str, str] | None = None, /, **changes: str) -> dict[str, str]:
    """An environment, this machine's by default, without anybody's colours, templates or git identity."""
    base = os.environ if base is None else base
    kept = {name: value for name, value in base.items() if name not in OTHERS_SETTINGS}
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{base['PATH']}",
        "PYTHONUTF8": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "FASTKIT_TEMPLATES": os.devnull,
    }
    return {**kept, **own, **changes}


def fastkit(
    *words: str | bytes | Path,
    cwd: Path,
    answers: str | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float = 60,
) -> Run:
    """Run fastkit in `cwd`; `answers` are the lines that its prompts read, None closes them at once."""
    environment, given = clean_environment(**(env or {})), (answers or "").encode()
    server = server_for(environment)
    if server:
        done = server.run([os.fsdecode(word) for word in words], cwd, environment, given, seconds)
    else:
        done = run([*FASTKIT, *words], cwd, environment, given, seconds)
    return Run(done.code, done.out.decode(errors="replace"), done.err.decode(errors="replace"))


def run(
    words: Sequence[str | bytes | Path],
    cwd: Path,
    environment: Mapping[str, str],
    given: bytes,
    seconds: float,
) -> Done:
    done = subprocess.run(
        words, cwd=cwd, env=environment, input=given, capture_output=True, timeout=seconds, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)


@cache
def server() -> Server:
    return Server(clean_environment())


def server_for(environment: Mapping[str, str]) -> Server | None:
    """What is forked, where this system can and a fork sees the same of the environment."""
    if not hasattr(os, "fork") or OTHERS_SETTINGS & environment.keys() - CHECKED_LATE:
        return None
    return server() if server().fits(environment) else None
