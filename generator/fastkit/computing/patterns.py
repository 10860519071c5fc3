"""Glob patterns as regular expressions that do not backtrack, however many stars a pattern has."""

import re
from collections.abc import Sequence

NEVER = "(?!)"

PIECE = re.compile(
    r"(?P<any_start>^(?:\*\*/)+)|(?P<any_end>(?:/\*\*)+$)|(?P<any_middle>/(?:\*\*/)+)|(?P<stars>\*+)|(?P<one>\?)"
    r"|\[(?P<negated>[!^]?)(?P<set>\]?[^\]]*)\]|\\(?P<escaped>.)|(?P<plain>.)",
    re.DOTALL,
)

MEANINGS = {"any_end": "/.+", "one": "[^/]"}

ANY_NAME = "[^/]*"

ANY_FOLDERS = "(?:[^/]*/)*"


def translated(pattern: str) -> str:
    """The pattern as a regular expression."""
    parts = [[""]]  # split at `**/`, and each part at `*`
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
    """Pieces with a gap between them, each matched at the first possible place without going back: `(?>`.

    The next gap can skip more, so nothing is lost, and many stars take no longer than one. Only the last
    piece has to try every place if the path must end with it.
    """
    first, *rest = pieces
    last = [rest.pop()] if rest and to_the_end else []
    return "".join([first, *(f"(?>{gap}?{piece})" for piece in rest), *(gap + piece for piece in last)])


def is_regex(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:  # for example, a reversed range
        return False
    return True


def translated_piece(piece: re.Match[str]) -> str:
    kind = piece.lastgroup or ""
    if kind == "set":
        inside = re.sub(r"([\[\]&|~]|(?<=.-)-)", r"\\\1", piece["set"])  # special in later versions
        return f"(?!/)[{'^' if piece['negated'] else ''}{inside}]"
    return MEANINGS.get(kind) or re.escape(piece[kind])
