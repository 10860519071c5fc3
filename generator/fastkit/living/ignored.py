"""What git would ignore, told without git by the .gitignore files alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

PLAIN = re.compile(r"!?/?([\w.~*?+@-]|\[[\w.]+\])+/?")
"""A pattern of one name. Importing pathspec, which knows them all, takes a tenth of a whole run."""


@dataclass(frozen=True)
class Pattern:
    """One line of a .gitignore, as far as it is plain.

    Source: https://git-scm.com/docs/gitignore#_pattern_format
    """

    name: str
    negated: bool
    anchored: bool
    folders_only: bool

    def matches(self, path: str, is_folder: bool) -> bool:
        """Whether it names this path, which is relative to the folder of the .gitignore."""
        if (self.folders_only and not is_folder) or (self.anchored and "/" in path):
            return False
        return fnmatchcase(path.rsplit("/", 1)[-1], self.name)


@dataclass(frozen=True)
class Ignored:
    """The .gitignore files of a project by path; `in` tells whether they rule a path out."""

    files: Mapping[str, str]

    def __contains__(self, path: str) -> bool:
        parts = path.split("/")
        return any(
            self.names("/".join(parts[:end]), is_folder=end < len(parts)) for end in range(1, len(parts) + 1)
        )

    def names(self, path: str, *, is_folder: bool) -> bool:
        """What the nearest .gitignore that has a pattern for this very path says."""
        for folder, patterns in self.patterns:
            if path.startswith(folder):
                verdict = judge(patterns, path.removeprefix(folder), is_folder)
                if verdict is not None:
                    return verdict
        return False

    @cached_property
    def patterns(self) -> list[tuple[str, Any]]:
        """For each folder that has a .gitignore, nearest first: its patterns, last line first."""
        folders = {path.removesuffix(".gitignore"): text for path, text in self.files.items()}
        return [(folder, patterns_of(folders[folder])) for folder in sorted(folders, key=len, reverse=True)]


def patterns_of(text: str) -> Any:
    """Plain patterns, or a spec of pathspec's where any line is more than that."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if all(PLAIN.fullmatch(line) for line in lines):
        return [plain_pattern(line) for line in reversed(lines)]
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(text.splitlines())


def plain_pattern(line: str) -> Pattern:
    name = line.removeprefix("!")
    return Pattern(name.strip("/"), line.startswith("!"), name.startswith("/"), name.endswith("/"))


def judge(patterns: Any, path: str, is_folder: bool) -> bool | None:
    """True where ignored, False where a `!` brings it back, None where nothing is said."""
    if isinstance(patterns, list):
        return next((not p.negated for p in patterns if p.matches(path, is_folder)), None)
    verdict: bool | None = patterns.check_file(path + "/" * is_folder).include
    return verdict
