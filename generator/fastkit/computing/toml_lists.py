"""Lists of a TOML file that are written one item a line, such as the requirements of a pyproject.toml."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from fastkit.computing.python_lists import NotAList

HEADER = re.compile(r"\[([^\]]+)\]\s*$")
OPENING = re.compile(r"([\w-]+) = \[\s*$")


@dataclass(frozen=True, order=True)
class Line:
    """A line of a list, with its indent and comma.

    Attributes:
        list: the table and the key of the list.
    """

    list: tuple[str, str]
    text: str


def parse(text: str) -> None:
    """
    Raises:
        ValueError: it is not TOML.
    """
    tomllib.loads(text)


def items_of(text: str) -> frozenset[Line]:
    lines = text.splitlines()
    return frozenset(Line(name, lines[number]) for name, numbers in lists(text) for number in numbers)


def added(before: str, after: str) -> frozenset[Line]:
    return items_of(after) - items_of(before)


def with_item(text: str, item: Line) -> str:
    """With the line at the end of its list, unless it is there.

    Raises:
        NotAList: there is no such list.
    """
    numbers = numbers_of(text, item)
    lines = text.splitlines(keepends=True)
    if item.text not in [lines[number].rstrip("\n") for number in numbers]:
        lines.insert(numbers.stop, f"{item.text}\n")
    return "".join(lines)


def without_item(text: str, item: Line) -> str:
    lines = text.splitlines(keepends=True)
    for number in numbers_of(text, item):
        if lines[number].rstrip("\n") == item.text:
            del lines[number]
            break
    return "".join(lines)


def numbers_of(text: str, item: Line) -> range:
    for name, numbers in lists(text):
        if name == item.list:
            return numbers
    raise NotAList(".".join(item.list))


def lists(text: str) -> Iterator[tuple[tuple[str, str], range]]:
    """The name of each list, and the numbers of its lines."""
    table, key, start = "", "", 0
    for number, line in enumerate(text.splitlines()):
        if not key and (found := HEADER.match(line)):
            table = found[1]
        elif not key and (found := OPENING.match(line)):
            key, start = found[1], number + 1
        elif key and line.startswith("]"):
            yield (table, key), range(start, number)
            key = ""
