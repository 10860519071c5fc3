"""From a plan to the commands still to run: make the environment and install into it."""

import os
import signal
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from fastkit.disk import undisturbed
from fastkit.errors import InstallFailed
from fastkit.package_managers import PackageManager, Step
from fastkit.progress import Report

SHOWN_LINES = 8
"""How many of the log's last lines an error repeats."""

PATIENCE = 3.0
"""Seconds that a package manager gets to end after each signal."""


def install(manager: PackageManager, project: Path, report: Report) -> None:
    """Run every step of the package manager in the project.

    Raises:
        InstallFailed: a step failed or was interrupted; the project is complete and the log is kept.
    """
    handle, name = tempfile.mkstemp(prefix=f"fastkit-{manager.name}-", suffix=".log")
    log = Path(name)
    with os.fdopen(handle, "w", encoding="utf-8") as lines:
        for step in manager.steps:
            try:
                tail = run(manager, step, project, lines.write, report)
            except KeyboardInterrupt:
                raise InstallFailed(f"`{step}` was interrupted", hint_at(log), log) from None
            if tail is not None:
                raise failed(step, tail, log)
    log.unlink()


def run(
    manager: PackageManager, step: Step, project: Path, write: Callable[[str], object], report: Report
) -> Sequence[str] | None:
    """Run one step; the last lines it printed where it failed, else None."""
    tail: deque[str] = deque(maxlen=SHOWN_LINES)
    try:
        process = subprocess.Popen(
            manager.command(step),
            cwd=project,
            env=manager.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            process_group=0 if os.name == "posix" else None,
        )
    except OSError as error:
        return [f"{step.words[0]}: {error.strerror}"]
    try:
        for line in process.stdout or ():
            write(line)
            tail.append(line.rstrip())
            report(line)
        return tail if process.wait() else None
    except BaseException:
        stop(process)
        raise
    finally:
        if process.stdout:
            process.stdout.close()


def stop(process: "subprocess.Popen[str]") -> None:
    """End the package manager and all that it started, as gently as they let us."""
    with undisturbed():
        for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
            if not send(process, number):
                return
            wait_for_end(process)


def send(process: "subprocess.Popen[str]", number: int) -> bool:
    """Signal the whole group; False where nobody is left in it. 0 only looks."""
    process.poll()
    if os.name != "posix":
        process.terminate()
        return process.poll() is None
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    return True


def wait_for_end(process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and send(process, 0):
        time.sleep(0.02)


def failed(step: Step, tail: Sequence[str], log: Path) -> InstallFailed:
    return InstallFailed(f"`{step}` failed", hint_at(log), log, [line for line in tail if line.strip()])


def hint_at(log: Path) -> str:
    return f"the project is complete: see to the cause, then run the steps above; the whole log is `{log}`"
