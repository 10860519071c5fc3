"""Installs a project with its package manager, keeping a log."""

import os
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from fastkit.errors import InstallFailed, InstallInterrupted
from fastkit.machine.interrupts import undisturbed
from fastkit.machine.processes import OWN_GROUP, stop, watched
from fastkit.machine.progress import Report
from fastkit.package_managers import PackageManager, Step
from fastkit.wording import listed

SHOWN_LINES = 8
"""How many of the log's last lines an error shows."""

SHOWN_NAMES = 3
"""How many missing packages an error names."""


def install(manager: PackageManager, project: Path, report: Report) -> None:
    """Run every step of the package manager in the project.

    Raises:
        InstallFailed: a step failed, or all of them left out what the project needs; the project is
            complete and the log is kept.
        InstallInterrupted: a signal ended a step; the same holds.
    """
    log, step = new_log(manager), manager.steps[0]
    try:
        with log.open("wb", buffering=0) as lines:
            for step in manager.steps:
                tail = run(manager, step, project, lambda line: keep(lines, line), report)
                if tail is not None:
                    raise failed(manager, step, project, tail, log)
        from fastkit.making.requirements import lacking  # which takes time, and is not needed before

        if missing := lacking(project):
            raise incomplete(manager, missing, log)
        log.unlink()
    except KeyboardInterrupt:
        raise InstallInterrupted(f"`{step}` was interrupted", hint_at(log, "run"), log) from None
    except OSError as error:
        problem = f"`{step}` cannot be run: {error.strerror or error}"
        raise InstallFailed(problem, hint_at(log), log) from error


def new_log(manager: PackageManager) -> Path:
    try:
        handle, name = tempfile.mkstemp(prefix=f"fastkit-{manager.name}-", suffix=".log")
    except OSError as error:
        problem = f"cannot write a log of the install: {error.strerror}"
        raise InstallFailed(problem, "set TMPDIR to another folder", Path(os.devnull)) from error
    os.close(handle)
    return Path(name)


def keep(lines: IO[bytes], line: str) -> None:
    with suppress(OSError):  # a full disk costs the log, not the install
        lines.write(line.encode())


def run(
    manager: PackageManager,
    step: Step,
    project: Path,
    write: Callable[[str], object],
    report: Report,
    seconds: float = threading.TIMEOUT_MAX,
) -> Sequence[str] | None:
    """Run one step; the last lines it printed where it failed, else None.

    Args:
        seconds: after which it is ended, which is a failure.
    """
    tail: deque[str] = deque(maxlen=SHOWN_LINES)
    with ExitStack() as stack:
        try:
            with undisturbed():  # until something stops it on errors
                process = stack.enter_context(start(manager, step, project))
                late = stack.enter_context(watched(process, seconds, end=stop))
        except OSError as error:
            return [f"{step.words[0]}: {error.strerror}"]
        for line in process.stdout or ():
            write(line)
            tail.append(line.rstrip())
            report(line)
        status = process.wait()
    if late:
        tail.append(f"it took longer than {seconds:g} seconds")
    return tail if status else None


def start(manager: PackageManager, step: Step, project: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        manager.command(step),
        cwd=project,
        env=manager.environment(project),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        **OWN_GROUP,
    )


def failed(
    manager: PackageManager, step: Step, project: Path, tail: Sequence[str], log: Path
) -> InstallFailed:
    lines = [line for line in tail if line.strip()]
    if settings := manager.in_force(project):
        lines.append(f"your settings that applied: {', '.join(settings)}")
    return InstallFailed(f"`{step}` failed", hint_at(log), log, lines)


def incomplete(manager: PackageManager, missing: Sequence[str], log: Path) -> InstallFailed:
    names = listed(missing, SHOWN_NAMES)
    return InstallFailed(
        f"{manager.name} reported success, but the environment of the project lacks {names}",
        f"look for the setting that leaves it out in {manager.shows_settings}, "
        f"then run the steps above; the whole log is `{log}`",
        log,
    )


def hint_at(log: Path, what: str = "fix the cause, then run") -> str:
    return f"the project is complete: {what} the steps above; the whole log is `{log}`"
