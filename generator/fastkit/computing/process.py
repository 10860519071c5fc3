"""Runs what a template computes in a process of its own, within bounds of time and memory.

Jinja's sandbox keeps a template from this machine's files, but not from its processor: nested loops,
text of ten gigabytes, a regular expression that backtracks, lists that take hours to compare. The
last two stop for no signal that Python sees, so that only another process can end them.
"""

import atexit
import gc
import importlib
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from fastkit import errors
from fastkit.errors import FastkitError

MEMORY = 512 * 1024 * 1024
"""Bytes of address space, where the system bounds it (on Linux; macOS and Windows do not)."""

PATIENCE = 6
"""How often the seconds of computing may pass on the clock, on a machine that does other work."""

GRACE = 2
"""Seconds after which a computation that heeds no signal is ended with its process."""

TOO_MUCH = "takes too much memory to compute"

LONGEST_REPLY = 16 * 1024 * 1024

KEPT = {
    *("HOME", "LANG", "LANGUAGE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "TZ", "USERPROFILE"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "PYTHONUTF8"),
}
"""The environment that a template's own code is computed in: nobody's tokens."""

Watch = Callable[[], str]
"""Says what has grown beyond its bounds, or nothing."""


class OutOfTime(BaseException):
    """Raised where a computation is when its seconds are over; no `except Exception` stops it."""

    def __init__(self, seconds: int) -> None:
        super().__init__(too_long(seconds))


class OutOfBounds(Exception):
    """
    Attributes:
        reason: what the computation takes too much of.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def too_long(seconds: int) -> str:
    return f"takes more than {seconds} seconds to compute"


elsewhere = 0.0
"""Seconds of computing that the process with bounds has taken so far."""


def computed() -> float:
    """Seconds of computing so far, here and there."""
    return time.process_time() + elsewhere


@dataclass(frozen=True)
class Budget:
    """How long many computations may take together; one that is still running may exceed it."""

    seconds: int
    began: float = field(default_factory=computed)

    def check(self) -> None:
        """
        Raises:
            OutOfBounds: it is used up.
        """
        if computed() - self.began > self.seconds:
            raise OutOfBounds(f"{too_long(self.seconds)}, all texts together")


class Cell:
    """The process, seen from outside. It answers one call after the other."""

    def __init__(self) -> None:
        # -P: no module of the folder that one stands in is imported
        words = [sys.executable, "-P", "-c", "from fastkit.computing.process import serve; serve()"]
        kept = {name: text for name, text in os.environ.items() if name in KEPT or name.startswith("LC_")}
        own_group: dict[str, Any] = {} if os.name == "nt" else {"process_group": 0}  # Ctrl-C is ours
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept,
            **own_group,
        )
        self.ahead = 0

    def prepare(self, function: Callable[..., Any], *args: Any) -> None:
        """Have something done while nobody waits for it."""
        self.ahead += 1
        self.send(function, args, seconds=60)

    def call(self, function: Callable[..., Any], *args: Any, seconds: int, watch: Watch | None = None) -> Any:
        """The function's value, which JSON can hold.

        Raises:
            OutOfBounds: it took too much of time, memory, or what `watch` counts.
            FastkitError: whatever of that kind the function raised.
        """
        global elsewhere
        try:
            self.send(function, args, seconds)
            with self.patrol(seconds, watch) as verdict:
                for _ in range(self.ahead):
                    self.receive()
                self.ahead = 0
                reply = self.receive()
        except BaseException:
            self.close()
            raise
        if reply is None:
            self.close()
            elsewhere += seconds
            raise OutOfBounds(verdict[0] if verdict else self.cause_of_death(seconds))
        content = json.loads(reply)
        elsewhere += content["took"]
        try:
            return opened(content)
        except Exception:  # the traceback there may hold much memory
            self.close()
            raise

    def send(self, function: Callable[..., Any], args: tuple[Any, ...], seconds: int) -> None:
        assert self.process.stdin
        with suppress(BrokenPipeError):  # the reply that is missing tells of it
            write(self.process.stdin, pickle.dumps((function, args, seconds)))

    def receive(self) -> bytes | None:
        assert self.process.stdout
        return read(self.process.stdout, LONGEST_REPLY)

    @contextmanager
    def patrol(self, seconds: int, watch: Watch | None) -> Iterator[list[str]]:
        verdict: list[str] = []
        done = threading.Event()

        def look() -> None:
            end = time.monotonic() + seconds * PATIENCE
            while not done.wait(0.2):
                if problem := (watch() if watch else "") or (time.monotonic() > end and too_long(seconds)):
                    verdict.append(problem)
                    self.process.kill()
                    return

        guard = threading.Thread(target=look, daemon=True)
        guard.start()
        try:
            yield verdict
        finally:
            done.set()
            guard.join()

    def cause_of_death(self, seconds: int) -> str:
        if self.process.returncode == -getattr(signal, "SIGXCPU", 0):
            return too_long(seconds)
        return f"ended the process that computes it (status {self.process.returncode})"

    def close(self) -> None:
        self.process.kill()
        with self.process:
            pass


cell: Cell | None = None

inside = False
"""Whether this is the process with bounds, which needs no other one."""


def start() -> Cell:
    """The process, which is started where there is none."""
    global cell
    if cell is None or cell.process.poll() is not None or cell.process.stdin is None:
        if cell is None:
            atexit.register(end)
        cell = Cell()
    return cell


def end() -> None:
    if cell:
        cell.close()


# The wire: a length, and that many bytes.


def write(stream: BinaryIO | Any, data: bytes) -> None:
    stream.write(len(data).to_bytes(8, "big") + data)
    stream.flush()


def read(stream: BinaryIO | Any, most: int | None = None) -> bytes | None:
    """What was written at the other end; None where that is no more, or sends more than `most`."""
    head = stream.read(8)
    length = int.from_bytes(head, "big")
    if len(head) < 8 or (most and length > most):
        return None
    data: bytes = stream.read(length)
    return data if len(data) == length else None


def opened(content: dict[str, Any]) -> Any:
    """The value in a reply, or the error in it, raised."""
    if "bounds" in content:
        raise OutOfBounds(content["bounds"])
    if "error" in content:
        kind = getattr(errors, content["error"])
        error = kind.__new__(kind)
        FastkitError.__init__(error, content["message"], content["hint"])
        vars(error).update(content["more"])
        raise error
    return content["value"]


# Inside.


def serve() -> None:
    """Answer the calls that arrive on standard input until it ends."""
    global inside
    inside = True
    gc.disable()
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    with suppress(ImportError):
        resource: Any = importlib.import_module("resource")
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    while (request := read(sys.stdin.buffer)) is not None:
        began = time.process_time()
        reply = answer(*pickle.loads(request))
        write(replies, json.dumps({**reply, "took": time.process_time() - began}).encode())


def answer(function: Callable[..., Any], args: tuple[Any, ...], seconds: int) -> dict[str, Any]:
    try:
        with bounded(seconds):
            return {"value": function(*args)}
    except OutOfTime as error:
        return {"bounds": str(error)}
    except MemoryError:
        return {"bounds": TOO_MUCH}
    except FastkitError as error:
        more = {name: value for name, value in vars(error).items() if is_plain(value)}
        return {
            "error": type(error).__name__,
            "message": error.message,
            "hint": error.hint,
            "more": more,
        }
    except Exception as error:
        return {"bounds": f"cannot be computed: {type(error).__name__}"}


def is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int)


@contextmanager
def bounded(seconds: int) -> Iterator[None]:
    """Raise `OutOfTime` after these seconds of computing; end the process where that is not heeded."""
    if not hasattr(signal, "setitimer"):
        yield  # whoever has called ends the process by the clock
        return
    resource: Any = importlib.import_module("resource")
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    most = int(used) + seconds + GRACE
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))

    def out_of_time(number: int, frame: object) -> None:
        raise OutOfTime(seconds)

    signal.signal(signal.SIGPROF, out_of_time)
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
