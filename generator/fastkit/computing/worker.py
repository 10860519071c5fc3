"""A worker process that runs what a template computes, within limits of time and memory.

Jinja's sandbox keeps a template from this machine's files, but not from its processor: nested loops,
text of ten gigabytes, a regular expression that backtracks, lists that take hours to compare. The
last two ignore every signal that Python handles, so only another process can end them.

Calls go in as pickles and come back as JSON, since a pickle from the worker could be an attack.
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
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from fastkit import errors
from fastkit.errors import FastkitError
from fastkit.machine.processes import OWN_GROUP, TOO_LATE, kill, watched

MEMORY = 512 * 1024 * 1024
"""Bytes of address space, where the system can limit it (Linux; not macOS or Windows)."""

CLOCK_FACTOR = 6
"""A call may take this many times its seconds of computing by the clock, on a busy machine."""

GRACE = 2
"""Seconds after which the system ends a worker that ignores the signal."""

TOO_MUCH = "takes too much memory to compute"

LONGEST_REPLY = 16 * 1024 * 1024

KEPT = {
    *("HOME", "LANG", "LANGUAGE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "TZ", "USERPROFILE"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "PYTHONUTF8"),
}
"""The only environment variables that the worker gets, so that it gets no tokens."""


class OutOfTime(BaseException):
    """Raised inside of a computation when its time is up; no `except Exception` catches it."""

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


seconds_in_worker = 0.0
"""Seconds of computing that workers have used so far."""


def seconds_used() -> float:
    """Seconds of computing so far, in this process and in workers."""
    return time.process_time() + seconds_in_worker


@dataclass(frozen=True)
class Budget:
    """The time that many computations may take together; the one that uses it up still ends."""

    seconds: int
    began: float = field(default_factory=seconds_used)

    def check(self) -> None:
        """
        Raises:
            OutOfBounds: it is used up.
        """
        if seconds_used() - self.began > self.seconds:
            raise OutOfBounds(f"{too_long(self.seconds)}, all texts together")


class Worker:
    """The process, seen from outside. It answers one call after the other."""

    def __init__(self) -> None:
        # -P: import no module from the current folder
        words = [sys.executable, "-P", "-c", "from fastkit.computing.worker import serve; serve()"]
        kept = {name: text for name, text in os.environ.items() if name in KEPT or name.startswith("LC_")}
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept,
            **OWN_GROUP,
        )
        self.ahead = 0

    def prepare(self, function: Callable[..., Any], *args: Any) -> None:
        """Start a computation whose value nobody needs."""
        self.ahead += 1
        self.send(function, args, seconds=60)

    def call(
        self,
        function: Callable[..., Any],
        *args: Any,
        seconds: int,
        problem: Callable[[], str] | None = None,
    ) -> Any:
        """The function's value, which JSON can hold.

        Args:
            problem: names what has grown too large meanwhile, if anything has.

        Raises:
            OutOfBounds: it took too much time or memory, or there was a `problem`.
            FastkitError: the function raised it.
        """
        global seconds_in_worker
        try:
            self.send(function, args, seconds)
            with watched(self.process, seconds * CLOCK_FACTOR, problem) as reasons:
                while self.ahead:
                    self.receive()
                    self.ahead -= 1
                reply = self.receive()
        except BaseException:
            self.close()
            raise
        if reply is None:
            self.close()
            seconds_in_worker += seconds
            raise OutOfBounds(self.cause_of_death(reasons, seconds))
        content = json.loads(reply)
        seconds_in_worker += content["took"]
        try:
            return value_of(content)
        except Exception:  # the traceback in the worker may hold much memory
            self.close()
            raise

    def send(self, function: Callable[..., Any], args: tuple[Any, ...], seconds: int) -> None:
        assert self.process.stdin
        with suppress(BrokenPipeError):  # `receive` notices that the worker has ended
            write(self.process.stdin, pickle.dumps((function, args, seconds)))

    def receive(self) -> bytes | None:
        assert self.process.stdout
        return read(self.process.stdout, LONGEST_REPLY)

    def cause_of_death(self, reasons: list[str], seconds: int) -> str:
        used_up = self.process.returncode == -getattr(signal, "SIGXCPU", 0)
        if used_up or TOO_LATE in reasons:
            return too_long(seconds)
        return reasons[0] if reasons else f"ended its worker process (status {self.process.returncode})"

    def close(self) -> None:
        kill(self.process)
        with self.process:
            pass


running: Worker | None = None

inside = False
"""Whether this process is the worker, which needs no other one."""


def start() -> Worker:
    """The running worker, or a new one."""
    global running
    if running is None or running.process.poll() is not None or running.process.stdin is None:
        if running is None:
            atexit.register(end)
        running = Worker()
    return running


def end() -> None:
    if running:
        running.close()


# Messages: a length, and that many bytes.


def write(stream: BinaryIO | Any, data: bytes) -> None:
    stream.write(len(data).to_bytes(8, "big") + data)
    stream.flush()


def read(stream: BinaryIO | Any, most: int | None = None) -> bytes | None:
    """One message; None at the end of the stream, or where a message is longer than `most`."""
    head = stream.read(8)
    length = int.from_bytes(head, "big")
    if len(head) < 8 or (most and length > most):
        return None
    data: bytes = stream.read(length)
    return data if len(data) == length else None


def value_of(reply: dict[str, Any]) -> Any:
    """The value in a reply, or the error in it, raised."""
    if "bounds" in reply:
        raise OutOfBounds(reply["bounds"])
    if "error" in reply:
        kind = getattr(errors, reply["error"])
        error = kind.__new__(kind)
        FastkitError.__init__(error, reply["message"], reply["hint"])
        vars(error).update(reply["more"])
        raise error
    return reply["value"]


# In the worker.


def serve() -> None:
    """Answer the calls that arrive on standard input until it ends."""
    global inside
    inside = True
    gc.disable()
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit_memory()
    while (request := read(sys.stdin.buffer)) is not None:
        began = time.process_time()
        reply = reply_to(*pickle.loads(request))
        write(replies, json.dumps({**reply, "took": time.process_time() - began}).encode())


def limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):
        resource: Any = importlib.import_module("resource")
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def reply_to(function: Callable[..., Any], args: tuple[Any, ...], seconds: int) -> dict[str, Any]:
    try:
        with limited(seconds):
            return {"value": function(*args)}
    except OutOfTime as error:
        return {"bounds": str(error)}
    except MemoryError:
        return {"bounds": TOO_MUCH}
    except FastkitError as error:
        more = {name: value for name, value in vars(error).items() if is_plain(value)}
        kind = type(error).__name__
        return {"error": kind, "message": error.message, "hint": error.hint, "more": more}
    except Exception as error:
        return {"bounds": f"cannot be computed: {type(error).__name__}"}


def is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int)


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise `OutOfTime` after these seconds of computing; end the process if that is ignored."""
    if not hasattr(signal, "setitimer"):
        yield  # the caller ends the process by the clock
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
