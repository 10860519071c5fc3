"""What git would ignore, told without git by the .gitignore files alone.

pathspec, which knows the patterns too, takes a tenth of a whole run to import, and differs from git where
a `!` names something in an ignored folder. Tests hold this module equal to git.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

NEVER = "(?!)"

PIECE = re.compile(
    r"(?P<any_start>^(?:\*\*/)+)|(?P<any_end>(?:/\*\*)+$)|(?P<any_middle>/(?:\*\*/)+)|(?P<stars>\*+)|(?P<one>\?)"
    r"|\[(?P<negated>[!^]?)(?P<set>\]?[^\]]*)\]|\\(?P<escaped>.)|(?P<plain>.)",
    re.DOTALL,
)

MEANINGS = {"any_end": "/.+", "one": "[^/]"}

ANY_NAME = "[^/]*"

ANY_FOLDERS = "(?:[^/]*/)*"


@dataclass(frozen=True)
class Pattern:
    """One line of a .gitignore.

    Source: https://git-scm.com/docs/gitignore#_pattern_format

    Attributes:
        anchored: it names a path from the folder of the .gitignore on, not a name anywhere below.
    """

    regex: re.Pattern[str]
    negated: bool
    anchored: bool
    folders_only: bool

    def matches(self, path: str, *, is_folder: bool) -> bool:
        """Whether it names this very path, which is relative to the folder of the .gitignore."""
        if self.folders_only and not is_folder:
            return False
        return bool(self.regex.fullmatch(path if self.anchored else path.rsplit("/", 1)[-1]))


@dataclass(frozen=True)
class Ignored:
    """The .gitignore files of a project by path; `in` tells whether they rule a path out."""

    files: Mapping[str, str]

    def __contains__(self, path: str) -> bool:
        """A file is ignored with its folder, whatever is said of the file itself."""
        parts = path.split("/")
        ends = range(1, len(parts) + 1)
        return any(self.names("/".join(parts[:end]), is_folder=end < len(parts)) for end in ends)

    def names(self, path: str, *, is_folder: bool) -> bool:
        """What the last pattern that matches in the nearest .gitignore says."""
        for folder, patterns in self.patterns:
            if path.startswith(folder):
                below = path.removeprefix(folder)
                for pattern in patterns:
                    if pattern.matches(below, is_folder=is_folder):
                        return not pattern.negated
        return False

    @cached_property
    def patterns(self) -> list[tuple[str, list[Pattern]]]:
        """For each folder that has a .gitignore, nearest first: its patterns, last line first."""
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


def translated(pattern: str) -> str:
    """The pattern as a regular expression."""
    parts = [[""]]  # cut at `**/`, and each part at `*`
    for piece in PIECE.finditer(pattern):
        if piece["plain"] == "[":  # that nothing closes
            return NEVER
        if piece["stars"]:
            parts[-1].append("")
        elif piece["any_start"]:
            parts.append([""])
        elif piece["any_middle"]:
            parts[-1][-1] += "/"
            parts.append([""])
        else:
            parts[-1][-1] += translated_piece(piece)
    *above, last = parts
    names = [in_turn(ANY_NAME, part) for part in above]
    regex = in_turn(ANY_FOLDERS, [*names, in_turn(ANY_NAME, last, to_the_end=True)], to_the_end=True)
    return regex if is_regex(regex) else NEVER


def in_turn(gap: str, pieces: Sequence[str], *, to_the_end: bool = False) -> str:
    """Pieces with a gap between them, each at the first place where it can be, for good: `(?>`.

    The next gap makes up for that, so that many stars take no longer than one. Only the last piece has to
    try each place, where the path must end with it.
    """
    first, *rest = pieces
    last = [rest.pop()] if rest and to_the_end else []
    return "".join([first, *(f"(?>{gap}?{piece})" for piece in rest), *(gap + piece for piece in last)])


def is_regex(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:  # such as a range that runs backwards
        return False
    return True


def translated_piece(piece: re.Match[str]) -> str:
    kind = piece.lastgroup or ""
    if kind == "set":
        inside = re.sub(r"([\[\]&|~]|(?<=.-)-)", r"\\\1", piece["set"])  # which may mean more one day
        return f"(?!/)[{'^' if piece['negated'] else ''}{inside}]"
    return MEANINGS.get(kind) or re.escape(piece[kind])
