"""`fastkit --version` at once; everything else through the command line."""

import gc
import os
import sys
from contextlib import suppress

from fastkit import __version__

FAILED = 1
INTERRUPTED = 130

DEBUG = "FASTKIT_DEBUG"
"""The variable that makes fastkit show the traceback of an unexpected error."""


def main() -> None:
    if sys.getfilesystemencoding() == "ascii":  # in which Python reads and prints only ASCII
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
    open_streams()
    status = call(sys.argv[1:])
    if interrupts := sys.modules.get("fastkit.machine.interrupts"):
        interrupts.ignore_signals()  # the rest is quick, and an interrupt would print a traceback
    close_streams()
    sys.exit(status)


def open_streams() -> None:
    """Replace each closed standard stream, before another file gets its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            setattr(sys, name, os.fdopen(nowhere, "w" if number else "r", encoding="utf-8"))


def close_streams() -> None:
    """Flush the streams here, as Python would fail on one that is gone when it ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # whatever the stream raises
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def call(words: list[str]) -> int:
    """Carry out one call, and turn unexpected errors into two lines."""
    try:
        return start(words)
    except KeyboardInterrupt:
        say("\ninterrupted")
        return INTERRUPTED
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        say(f"error: fastkit failed unexpectedly: {type(error).__name__}: {ascii(str(error))[1:-1]}")
        say(f"hint: set {DEBUG}=1 to see the traceback, and report it")
        return FAILED


def say(line: str) -> None:
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def start(words: list[str]) -> int:
    if words == ["--version"]:
        return show_version()
    gc.disable()  # a run ends before collecting garbage pays: 10 % of the time of --help
    from fastkit.cli import run

    return run(words)


def show_version() -> int:
    try:
        sys.stdout.write(f"fastkit {__version__}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return FAILED
    except OSError as error:
        say(f"error: cannot write to standard output: {error.strerror}")
        say("hint: send it elsewhere")
        return FAILED
    return 0


if __name__ == "__main__":
    main()
