"""A disk that refuses, or a process that dies, at the n-th change that a block makes."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

CHANGES = {
    "os.link",
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.chmod",
    "os.utime",
    "subprocess.Popen",
}
NEEDS_SPACE = {"os.link", "os.mkdir", "open", "subprocess.Popen"}


class Killed(BaseException):
    """Nothing that the process would do after it has an effect."""


@dataclass
class Fault:
    """
    Attributes:
        at: the change that is refused, counted from 1; none where it is 0.
        kind: `once`, `full` for a disk that from then on takes nothing new, or `killed`.
    """

    at: int = 0
    kind: str = "once"
    count: int = 0

    def watch(self, event: str, args: tuple[Any, ...]) -> None:
        writes = event == "open" and not isinstance(args[0], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        if event not in CHANGES and not writes:
            return
        self.count += 1
        reached = 0 < self.at <= self.count
        if reached and self.kind == "killed":
            raise Killed
        if self.count == self.at or (reached and self.kind == "full" and event in NEEDS_SPACE):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


watching: list[Fault] = []


def watch(event: str, args: tuple[Any, ...]) -> None:
    for fault in watching:
        fault.watch(event, args)


@contextmanager
def faulty(fault: Fault) -> Iterator[Fault]:
    if watch not in hooked:
        sys.addaudithook(watch)
        hooked.append(watch)
    watching.append(fault)
    try:
        yield fault
    finally:
        watching.remove(fault)


hooked: list[Any] = []
