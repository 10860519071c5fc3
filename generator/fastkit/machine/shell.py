"""Command lines and paths as a person types them here."""

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from fastkit.machine import disk
from fastkit.wording import is_shown


def as_command(words: Sequence[str]) -> str:
    """A command line as this machine's shell takes it."""
    return subprocess.list2cmdline(words) if os.name == "nt" else " ".join(map(quoted, words))


def quoted(word: str) -> str:
    """A word for a POSIX shell; in the form of `$'\\033'` where it holds what a terminal does not show."""
    if all(map(is_shown, word)):
        return shlex.quote(word)
    return f"$'{''.join(map(escaped, word))}'"


def escaped(character: str) -> str:
    if is_shown(character):
        return f"\\{character}" if character in "\\'" else character
    errors = "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass"
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", errors))


def relative(path: Path) -> str:
    """A path as one would type it from here."""
    here = Path() if disk.stands_nowhere else Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
