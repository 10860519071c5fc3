"""fastkit in a fork of a process that has imported it: as a process of its own, for a tenth of the time.

Run as a program, this is that process: each request that comes with four open files (the request itself,
and the three standard streams) is answered with the number of a new process, and with how it ended.
"""

import atexit
import gc
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NoReturn

IMPORTED = (
    *("fastkit.cli", "fastkit.console", "fastkit.making.make", "fastkit.update.prepare", "copier"),
    *(f"fastkit.commands.{name}" for name in ("add", "list_templates", "runserver", "show", "startdemo")),
    *(f"fastkit.commands.{name}" for name in ("template_check", "template_new", "update")),
    *("jinja2.sandbox", "jinja2_ansible_filters", "rich.console", "rich.table", "typer.rich_utils", "yaml"),
)

OWN = ("PYTHON", "LC_", "LANG", "MALLOC")
"""Beginnings of variables that a process heeds at its start."""

NUMBER = 4
"""Bytes of a number that is sent back."""


@dataclass(frozen=True)
class Done:
    code: int
    out: bytes
    err: bytes


class Server:
    """The process that is forked, seen from a test."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.heeded = heeded(environment)
        self.mask = current_mask()
        self.ours, theirs = socket.socketpair()
        words = [sys.executable, __file__, str(theirs.fileno())]
        self.process = subprocess.Popen(
            words, env=dict(environment), stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
        )
        theirs.close()

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Whether a fork is what a new process in this environment would be."""
        return (self.heeded, self.mask) == (heeded(environment), current_mask())

    def run(
        self, words: Sequence[str], cwd: Path, environment: Mapping[str, str], given: bytes, seconds: float
    ) -> Done:
        with (
            TemporaryFile() as request,
            TemporaryFile() as stdin,
            TemporaryFile() as out,
            TemporaryFile() as err,
        ):
            write(request, pickle.dumps((words, os.fspath(cwd), dict(environment))))
            write(stdin, given)
            mine, theirs = socket.socketpair()
            with mine, theirs:
                files = [file.fileno() for file in (theirs, request, stdin, out, err)]
                socket.send_fds(self.ours, [b"x"], files)
                theirs.close()
                code = outcome(mine, [*words], seconds)
            return Done(code, read(out), read(err))


def heeded(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(OWN)}


def current_mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write(file: IO[bytes], data: bytes) -> None:
    file.write(data)
    file.seek(0)


def read(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def outcome(reply: socket.socket, words: list[str], seconds: float) -> int:
    """The status of the process, or minus the signal that ended it."""
    process = int.from_bytes(reply.recv(NUMBER, socket.MSG_WAITALL), "big")
    if not select.select([reply], [], [], seconds)[0]:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        raise subprocess.TimeoutExpired(words, seconds)
    return os.waitstatus_to_exitcode(int.from_bytes(reply.recv(NUMBER, socket.MSG_WAITALL), "big"))


# In the process that is forked.


def serve(requests: socket.socket) -> None:
    """Fork for each request; returns in the process that is to be fastkit, and has become so."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    while True:
        _, files, _, _ = socket.recv_fds(requests, 1, 5)
        if not files:
            os._exit(0)
        if not os.fork():
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if is_fastkit(*files):
                return
        for file in files:
            os.close(file)


def is_fastkit(reply: int, request: int, *streams: int) -> bool:
    """Fork again: the one becomes fastkit, and the other tells how that ended."""
    if process := os.fork():
        os.write(reply, process.to_bytes(NUMBER, "big"))
        os.write(reply, os.waitpid(process, 0)[1].to_bytes(NUMBER, "big"))
        os._exit(0)
    with open(request, "rb") as file:
        words, cwd, environment = pickle.load(file)
    os.close(reply)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    if coverage := sys.modules.get("coverage"):
        coverage.Coverage.current().switch_context(os.environ["RUNNING_TEST"])
    sys.argv = [str(Path(sys.executable).with_name("fastkit")), *words]
    return True


def end_with(function: Callable[[], None]) -> NoReturn:
    """End as Python does, but without taking apart all that was imported, which would copy its memory."""
    try:
        function()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    sys.path.pop(0)
    for name in IMPORTED:
        import_module(name)
    from fastkit.__main__ import main

    gc.freeze()  # so that no fork copies what lies there
    serve(socket.socket(fileno=int(sys.argv[1])))
    end_with(main)
