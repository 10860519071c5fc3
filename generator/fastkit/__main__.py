"""`fastkit --version` at once; everything else through the command line."""

import gc
import os
import sys

from fastkit import __version__

INTERRUPTED = 130


def main() -> None:
    if sys.getfilesystemencoding() == "ascii":  # nothing but ASCII would arrive, as word or as name of a file
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
    try:
        status = start(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:  # whoever read has gone: be silent, at the end of Python too
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    if status == INTERRUPTED:
        print("\ninterrupted", file=sys.stderr)  # noqa: T201
    sys.exit(status)


def start(words: list[str]) -> int:
    if words == ["--version"]:
        print(f"fastkit {__version__}")  # noqa: T201
        return 0
    gc.disable()  # a run ends before collecting garbage pays: 10 % of the time of --help
    from fastkit.cli import run

    return run(words)


if __name__ == "__main__":
    main()
