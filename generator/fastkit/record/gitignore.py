"""Tells what git would ignore from the .gitignore files alone, without git.

pathspec reads the patterns, too, but importing it takes a tenth of a whole run, and it differs from git where
a `!` names something in an ignored folder. Tests compare this module with git.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from fastkit.computing.patterns import translated


@dataclass(frozen=True)
class Pattern:
    """One line of a .gitignore.

    Source: https://git-scm.com/docs/gitignore#_pattern_format

    Attributes:
        anchored: it names a path below the folder of the .gitignore, not a name anywhere below.
    """

    regex: re.Pattern[str]
    negated: bool
    anchored: bool
    folders_only: bool

    def matches(self, path: str, *, is_folder: bool) -> bool:
        """Whether it names this path, which is relative to the folder of the .gitignore."""
        if self.folders_only and not is_folder:
            return False
        return bool(self.regex.fullmatch(path if self.anchored else path.rsplit("/", 1)[-1]))


@dataclass(frozen=True)
class Ignored:
    """The .gitignore files of a project by path; `in` tells whether they exclude a path."""

    files: Mapping[str, str]

    def __contains__(self, path: str) -> bool:
        """A file is ignored with its folder, whatever patterns name the file itself."""
        parts = path.split("/")
        ends = range(1, len(parts) + 1)
        return any(self.names("/".join(parts[:end]), is_folder=end < len(parts)) for end in ends)

    def names(self, path: str, *, is_folder: bool) -> bool:
        """Whether the last matching pattern of the nearest .gitignore excludes a path."""
        for folder, patterns in self.patterns:
            if path.startswith(folder):
                below = path.removeprefix(folder)
                for pattern in patterns:
                    if pattern.matches(below, is_folder=is_folder):
                        return not pattern.negated
        return False

    @cached_property
    def patterns(self) -> list[tuple[str, list[Pattern]]]:
        """The patterns of each folder with a .gitignore: nearest folder first, last line first."""
        folders = {path.removesuffix(".gitignore"): text for path, text in self.files.items()}
        return [(folder, read_patterns(folders[folder])) for folder in sorted(folders, key=len, reverse=True)]


def read_patterns(text: str) -> list[Pattern]:
    lines = [without_trailing_spaces(line.removesuffix("\r")) for line in text.split("\n")]
    return [read_pattern(line) for line in reversed(lines) if line and not line.startswith("#")]


def without_trailing_spaces(line: str) -> str:
    stripped = line.rstrip(" ")
    return stripped + " " if stripped.endswith("\\") and stripped != line else stripped


def read_pattern(line: str) -> Pattern:
    text = line.removeprefix("!")
    name = text.removesuffix("/")
    return Pattern(
        re.compile(translated(name.removeprefix("/")), re.DOTALL),
        negated=line.startswith("!"),
        anchored="/" in name,
        folders_only=text.endswith("/"),
    )
