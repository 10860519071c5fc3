"""What fastkit demands of the answers to the questions that all templates share."""

import re
import unicodedata
from collections.abc import Callable

from fastkit.distributions import DISTRIBUTION_NAME, normalized
from fastkit.errors import InvalidAnswer
from fastkit.machine.names import is_device
from fastkit.package_managers import PACKAGE_MANAGERS

Rule = Callable[[str], str]
"""Returns the text as it is to be used, or raises `InvalidAnswer`."""

LONGEST_NAME = 64
LONGEST_TEXT = 1000
LONGEST_EMAIL = 254


ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
EMAIL = re.compile(rf"{ATOM}(\.{ATOM})*@{LABEL}(\.{LABEL})+", re.IGNORECASE | re.ASCII)
"""A dot-atom address of RFC 5322 in a domain of RFC 1035 with at least two labels."""


def check_project_name(text: str, taken: frozenset[str] = frozenset()) -> str:
    """Accept the name of a distribution that is also the name of a folder anywhere.

    Args:
        taken: normalized names that the project depends on.
    """
    if not text:
        raise InvalidAnswer("project_name", "is empty")
    if len(text) > LONGEST_NAME:
        raise InvalidAnswer("project_name", f"has {len(text)} characters, {LONGEST_NAME} at most")
    if not DISTRIBUTION_NAME.fullmatch(text):
        raise InvalidAnswer(
            "project_name",
            "must be ASCII letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
        )
    if is_device(text):
        raise InvalidAnswer("project_name", f"cannot be `{text}`: Windows reserves it for a device")
    if normalized(text) in taken:
        raise InvalidAnswer(
            "project_name", f"cannot be `{text}`: the project depends on a package of that name"
        )
    return text


def check_text(question: str, text: str) -> str:
    """Accept one line of anything printable, emoji and right-to-left text included."""
    text = text.strip()
    if not text:
        raise InvalidAnswer(question, "is empty")
    if len(text) > LONGEST_TEXT:
        raise InvalidAnswer(question, f"has {len(text)} characters, {LONGEST_TEXT} at most")
    for character in text:
        if is_unprintable(character):
            raise InvalidAnswer(question, f"contains the unprintable character U+{ord(character):04X}")
    return text


def is_unprintable(character: str) -> bool:
    """Control characters, lone surrogates, line separators and noncharacters.

    Format characters pass: emoji are joined by them, and right-to-left text is marked by them.
    """
    return (
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or ord(character) & 0xFFFE == 0xFFFE
        or 0xFDD0 <= ord(character) <= 0xFDEF
    )


def check_email(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_EMAIL or not EMAIL.fullmatch(text):
        raise InvalidAnswer("author_email", "is not an email address like `name@example.com`")
    return text


def available_manager(name: str) -> str:
    """
    Raises:
        ManagerUnavailable: the package manager is missing or too old.
    """
    if name in PACKAGE_MANAGERS:
        PACKAGE_MANAGERS[name].check()
    return name


def common_rules(taken: frozenset[str]) -> dict[str, Rule]:
    """What fastkit demands of the questions that all templates share.

    Args:
        taken: normalized names that a project cannot have, as it depends on them.
    """
    return {
        "project_name": lambda text: check_project_name(text, taken),
        "author": lambda text: check_text("author", text),
        "author_email": check_email,
        "description": lambda text: check_text("description", text),
    }
