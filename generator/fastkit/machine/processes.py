"""Finds other programs, and ends their processes with everything that they started."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from fastkit.machine.interrupts import undisturbed

Process = subprocess.Popen[Any]

OWN_GROUP: dict[str, Any] = {"process_group": 0} if os.name == "posix" else {}
"""Arguments of `Popen` for a process that can be ended with its children, and that Ctrl-C does not reach."""

GENTLY = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM))

PATIENCE = 3.0
"""Seconds that a process gets to end after each signal of `stop`."""

SOON = 0.2
"""Seconds between two looks at a process, at least."""

TOO_LATE = "takes too long"


def search_path() -> str:
    """PATH without entries such as `.`, through which a file of the current folder would be run."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if os.path.isabs(folder))  # noqa: PTH117


def find_program(name: str) -> str | None:
    return shutil.which(name, path=search_path())


def kill(process: Process) -> None:
    """End the process and its group at once."""
    if os.name != "posix":
        process.kill()
    else:
        send(process, signal.SIGKILL)


def stop(process: Process) -> None:
    """End the process and its group as gently as they allow."""
    with undisturbed():
        for number in GENTLY:
            if not send(process, number):
                return
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline and send(process, 0):
                time.sleep(0.02)


def send(process: Process, number: int) -> bool:
    """Signal the whole group; False where nothing is left of it. 0 only looks."""
    process.poll()
    if os.name != "posix":
        process.terminate()
        return process.poll() is None
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def watched(
    process: Process,
    seconds: float,
    problem: Callable[[], str] | None = None,
    end: Callable[[Process], None] = kill,
) -> Iterator[list[str]]:
    """End the process when its time is up, `problem` names one, or the block raises.

    The list holds the reason for which it was ended, but for an error.
    """
    reasons: list[str] = []
    done = Event()

    def watch() -> None:
        deadline, pause = time.monotonic() + seconds, SOON if problem else seconds
        while not done.wait(min(pause, max(0, deadline - time.monotonic()))):
            began = time.monotonic()
            found = problem() if problem else ""
            if found or began >= deadline:
                reasons.append(found or TOO_LATE)
                end(process)
                return
            pause = max(SOON, 5 * (time.monotonic() - began))  # most of the time is for the process

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield reasons
    except BaseException:
        end(process)
        raise
    finally:
        done.set()
        thread.join()
