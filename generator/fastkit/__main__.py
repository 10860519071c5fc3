"""`fastkit --version` at once; everything else through the command line."""

import gc
import os
import sys
from contextlib import suppress

from fastkit import __version__

FAILED = 1
INTERRUPTED = 130

DEBUG = "FASTKIT_DEBUG"
"""The variable by which one sees where an error came from that nobody has thought of."""


def main() -> None:
    if sys.getfilesystemencoding() == "ascii":  # nothing but ASCII would arrive, as word or as name of a file
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
    open_streams()
    status = call(sys.argv[1:])
    if interrupts := sys.modules.get("fastkit.machine.interrupts"):
        interrupts.ignore_signals()  # what is left to do is quick, and would look bad if it were stopped
    close_streams()
    sys.exit(status)


def open_streams() -> None:
    """Put a stream in the place of each standard one that is closed, before any file gets its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            setattr(sys, name, os.fdopen(nowhere, "w" if number else "r", encoding="utf-8"))


def close_streams() -> None:
    """Leave nothing for Python to fail at, at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # whatever the stream raises
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def call(words: list[str]) -> int:
    """Carry out one call; the last resort for errors that nobody has thought of."""
    try:
        return start(words)
    except KeyboardInterrupt:
        tell("\ninterrupted")
        return INTERRUPTED
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        tell(f"error: fastkit failed where it should not: {type(error).__name__}: {ascii(str(error))[1:-1]}")
        tell(f"hint: set {DEBUG}=1 to see where, and report it with what that shows")
        return FAILED


def tell(line: str) -> None:
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)  # noqa: T201


def start(words: list[str]) -> int:
    if words == ["--version"]:
        return show_version()
    gc.disable()  # a run ends before collecting garbage pays: 10 % of the time of --help
    from fastkit.cli import run

    return run(words)


def show_version() -> int:
    try:
        print(f"fastkit {__version__}", flush=True)  # noqa: T201
    except BrokenPipeError:
        return FAILED
    except OSError as error:
        tell(f"error: cannot write to standard output: {error.strerror}")
        tell("hint: send it elsewhere")
        return FAILED
    return 0


if __name__ == "__main__":
    main()
