"""How values stand in messages: on one line, shortened, listed, and with the name that was meant."""

import unicodedata
from collections.abc import Iterable

JOINERS = "\u200c\u200d"
"""What joins letters and emoji."""

DIRECTION_MARKS = "\u061c\u200e\u200f"
"""Marks of right-to-left text; unlike embeddings, overrides and isolates, they reorder no other text."""

MOST_COMPARED = 1000
"""How many names, such as the tags of a repository, are compared with one that does not exist."""


def one_line(text: str) -> str:
    """The text with each character that a terminal does not show spelled out."""
    return text if text.isprintable() else "".join(c if is_shown(c) else ascii(c)[1:-1] for c in text)


def is_shown(character: str) -> bool:
    """Whether a reader sees the character, or carefully written text needs it."""
    is_space = unicodedata.category(character) == "Zs"
    return character.isprintable() or is_space or character in JOINERS + DIRECTION_MARKS


def shortened(text: str, width: int = 60) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def listed(names: Iterable[str], most: int = 5) -> str:
    """Some of the names, and how many more there are."""
    found = list(names)
    shown = [f"`{name}`" for name in found[:most]]
    return ", ".join([*shown, f"and {len(found) - most} more"] if len(found) > most else shown)


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint at the known name that is close to this one; `otherwise` where none is."""
    from difflib import get_close_matches
    from itertools import islice

    close = get_close_matches(name, list(islice(known, MOST_COMPARED)), n=1)
    return f"did you mean `{close[0]}`?" if close else otherwise
