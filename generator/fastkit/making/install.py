"""From a plan to the commands still to run: make the environment and install into it."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from fastkit.errors import InstallFailed
from fastkit.machine.interrupts import undisturbed
from fastkit.machine.progress import Report
from fastkit.package_managers import PackageManager, Step

SHOWN_LINES = 8
"""How many of the log's last lines an error repeats."""

SHOWN_NAMES = 3
"""How many of the packages that are missing an error names."""

PATIENCE = 3.0
"""Seconds that a package manager gets to end after each signal."""


def install(manager: PackageManager, project: Path, report: Report) -> None:
    """Run every step of the package manager in the project.

    Raises:
        InstallFailed: a step failed or was interrupted, or all of them left out what the project needs;
            the project is complete and the log is kept.
    """
    log, step = new_log(manager), manager.steps[0]
    try:
        with log.open("wb", buffering=0) as lines:
            for step in manager.steps:
                tail = run(manager, step, project, lambda line: keep(lines, line), report)
                if tail is not None:
                    raise failed(manager, step, project, tail, log)
        from fastkit.making.requirements import lacking  # what it takes is of no use before

        if missing := lacking(project):
            raise incomplete(manager, missing, log)
        log.unlink()
    except KeyboardInterrupt:
        raise InstallFailed(f"`{step}` was interrupted", hint_at(log), log) from None
    except OSError as error:
        problem = f"`{step}` cannot be run: {error.strerror or error}"
        raise InstallFailed(problem, hint_at(log), log) from error


def new_log(manager: PackageManager) -> Path:
    try:
        handle, name = tempfile.mkstemp(prefix=f"fastkit-{manager.name}-", suffix=".log")
    except OSError as error:
        problem = f"there is no room for a log of the install: {error.strerror}"
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
            with undisturbed():  # until somebody will stop it
                process = stack.enter_context(stopped_on_error(start(manager, step, project)))
        except OSError as error:
            return [f"{step.words[0]}: {error.strerror}"]
        with ended_after(process, seconds) as late:
            for line in process.stdout or ():
                write(line)
                tail.append(line.rstrip())
                report(line)
            status = process.wait()
    if late.is_set():
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
        process_group=0 if os.name == "posix" else None,
    )


@contextmanager
def stopped_on_error(process: "subprocess.Popen[str]") -> "Iterator[subprocess.Popen[str]]":
    try:
        yield process
    except BaseException:
        stop(process)
        raise
    finally:
        if process.stdout:
            process.stdout.close()


@contextmanager
def ended_after(process: "subprocess.Popen[str]", seconds: float) -> Iterator[threading.Event]:
    """End the process when the time is up, which sets the event."""
    late = threading.Event()

    def ring() -> None:
        late.set()
        stop(process)

    alarm = threading.Timer(seconds, ring)
    alarm.daemon = True
    alarm.start()
    try:
        yield late
    finally:
        alarm.cancel()


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


def failed(
    manager: PackageManager, step: Step, project: Path, tail: Sequence[str], log: Path
) -> InstallFailed:
    lines = [line for line in tail if line.strip()]
    if settings := manager.in_force(project):
        lines.append(f"your settings that applied: {', '.join(settings)}")
    return InstallFailed(f"`{step}` failed", hint_at(log), log, lines)


def incomplete(manager: PackageManager, missing: Sequence[str], log: Path) -> InstallFailed:
    names = ", ".join(f"`{name}`" for name in missing[:SHOWN_NAMES])
    more = f" and {len(missing) - SHOWN_NAMES} more" if len(missing) > SHOWN_NAMES else ""
    return InstallFailed(
        f"{manager.name} reported success, but the environment of the project lacks {names}{more}",
        f"look for the setting that leaves it out in {manager.shows_settings}, "
        f"then run the steps above; the whole log is `{log}`",
        log,
    )


def hint_at(log: Path) -> str:
    return f"the project is complete: fix the cause, then run the steps above; the whole log is `{log}`"
