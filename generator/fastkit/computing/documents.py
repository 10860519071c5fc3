"""YAML and TOML that somebody else wrote: safe, within bounds, and with the line of each key."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from math import isfinite
from typing import Any

from fastkit.wording import shortened

LARGEST = 1_000_000
"""Bytes of one document file."""

DEEPEST = 50
"""Levels of lists and mappings; the parsers recurse, the one in C without a guard."""

MOST_VALUES = 50_000
"""Values of one file, each counted as often as an alias repeats it."""

LARGEST_NUMBER = 10_000
"""Bits of a whole number: Python refuses to write one of more than 4,300 digits."""

UNREADABLE = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError)
"""What PyYAML raises where a value does not fit its tag, such as `!!bool maybe`."""

Keys = tuple[str, ...]
"""A key of the outermost mapping, or such a key and one in the mapping below it."""


class DocumentError(ValueError):
    """
    Attributes:
        problem: what is wrong, in one line.
        line: counted from 1, where known.
    """

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


@cache
def safe_loader() -> Any:
    """The fastest loader that makes nothing but plain values, and says where it cannot."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """A class of its own, so that PyYAML's stays as others know it."""

    for kind in ("bool", "int", "float", "timestamp"):
        usual = getattr(Loader, f"construct_yaml_{kind}")
        Loader.add_constructor(f"tag:yaml.org,2002:{kind}", strict(usual, kind))
    return Loader


def strict(usual: Callable[[Any, Any], Any], kind: str) -> Callable[[Any, Any], Any]:
    """A constructor of PyYAML that refuses what it would stumble over."""

    def construct(loader: Any, node: Any) -> Any:
        line = node.start_mark.line + 1
        if len(node.value) > LARGEST_NUMBER:  # `1:1:1` counts by sixty, which takes the square of its length
            raise DocumentError("holds a number that is too large", line)
        try:
            value = usual(loader, node)
        except UNREADABLE as error:
            problem = f"holds `{shortened(node.value)}`, which is not a valid {kind}"
            raise DocumentError(problem, line) from error
        if kind == "int" and value.bit_length() > LARGEST_NUMBER:
            raise DocumentError("holds a number that is too large", line)
        return value

    return construct


def written_loader() -> Any:
    import yaml

    return getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def as_text(value: Any) -> str:
    """Text as it is; any other value as a line that `parse` reads as this value: JSON, else YAML."""
    if isinstance(value, str):
        return value
    with suppress(TypeError, ValueError):
        text = json.dumps(value, ensure_ascii=False)
        if parse(text) == value:
            return text
    return in_one_line(value)


def in_one_line(value: Any) -> str:
    import yaml

    try:
        text = yaml.safe_dump(
            [value], default_flow_style=True, allow_unicode=True, sort_keys=False, width=sys.maxsize
        )
        return text.strip()[1:-1]
    except yaml.YAMLError:  # nothing that a document could hold
        return str(value)


def as_json(value: Any) -> Any:
    """The value as strict JSON can hold it: other values and keys as their text."""
    if isinstance(value, dict):
        return {as_text(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(item) for item in value]
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and isfinite(value)):
        return value
    return str(value)


def parse(text: str | bytes, *, as_written: bool = False) -> Any:
    """The value of one document.

    Args:
        as_written: every scalar is the text that stands there.

    Raises:
        DocumentError: it is not YAML, or more of it than fastkit takes.
    """
    data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    values = parse_all(data, written_loader() if as_written else safe_loader())
    if len(values) > 1:
        raise DocumentError("is not YAML: several documents")
    return values[0] if values else None


def parse_json_or_yaml(data: bytes) -> Any:
    """The value of a JSON file, whose escapes and numbers YAML reads differently, or else of a YAML file.

    Raises:
        DocumentError: it is neither, or more of it than fastkit takes.
    """
    try:
        value = json.loads(data)
        check_bounds(json.dumps(value, ensure_ascii=False).encode())
    except (ValueError, RecursionError):
        return parse(data)
    return value


def parse_all(data: bytes, loader: Any) -> list[Any]:
    import yaml

    check_bounds(data)
    try:
        return list(yaml.load_all(data, loader))
    except yaml.YAMLError as error:
        raise not_yaml(error) from error
    except RecursionError as error:
        raise DocumentError("nests too deep") from error


def parse_toml(text: str) -> dict[str, Any]:
    """
    Raises:
        DocumentError: it is not TOML, or nests too deep.
    """
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"is not TOML: {error}", line_of(error)) from error


def line_of(error: Exception) -> int | None:
    """Before Python 3.14, only the words of the error hold it."""
    said = re.search(r"at line (\d+)", str(error))
    return getattr(error, "lineno", None) or (int(said[1]) if said else None)


def found_at(value: Any, *keys: str) -> Any:
    """What stands at these keys of nested mappings; None where one of them is missing or no mapping."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def list_at(value: Any, *keys: str) -> list[Any]:
    found = found_at(value, *keys)
    return found if isinstance(found, list) else []


def table_at(value: Any, *keys: str) -> dict[str, Any]:
    found = found_at(value, *keys)
    return found if isinstance(found, dict) else {}


def not_yaml(error: Exception) -> DocumentError:
    mark = getattr(error, "problem_mark", None)
    problem = (getattr(error, "problem", None) or str(error)).splitlines()[0]
    return DocumentError(f"is not YAML: {problem}", mark.line + 1 if mark else None)


@dataclass
class Level:
    """A list or mapping that is being walked."""

    anchor: str | None
    mapping: bool
    values: int = 1
    items: int = 0
    key: str = ""


@dataclass
class Walk:
    """One pass over the events of a file, which counts before anything is built."""

    lines: dict[Keys, int] = field(default_factory=dict)
    levels: list[Level] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    def begin(self, event: Any, *, mapping: bool) -> None:
        self.levels.append(Level(event.anchor, mapping))
        if len(self.levels) > DEEPEST:
            raise DocumentError(f"nests deeper than {DEEPEST} levels", event.start_mark.line + 1)

    def end(self, event: Any) -> None:
        done = self.levels.pop()
        self.count(done.values, done.anchor, event)

    def alias(self, event: Any) -> None:
        if any(level.anchor == event.anchor for level in self.levels):
            raise DocumentError(f"`*{event.anchor}` contains itself", event.start_mark.line + 1)
        self.count(self.sizes.get(event.anchor, 1), None, event)

    def scalar(self, event: Any) -> None:
        self.note_key(event)
        self.count(1, event.anchor, event)

    def count(self, values: int, anchor: str | None, event: Any) -> None:
        if anchor:
            self.sizes[anchor] = values
        if self.levels:
            self.levels[-1].values += values
            self.levels[-1].items += 1
        if values > MOST_VALUES or (self.levels and self.levels[-1].values > MOST_VALUES):
            raise DocumentError(f"holds more than {MOST_VALUES:,} values", event.start_mark.line + 1)

    def note_key(self, event: Any) -> None:
        above = self.levels
        if len(above) > 2 or not all(level.mapping for level in above) or not above or above[-1].items % 2:
            return
        above[-1].key = event.value
        self.lines[tuple(level.key for level in above)] = event.start_mark.line + 1


def check_bounds(data: bytes) -> Mapping[Keys, int]:
    """The line of each key of the two outermost mappings.

    Raises:
        DocumentError: it is not YAML, or more of it than fastkit takes.
    """
    import yaml

    if len(data) > LARGEST:
        raise DocumentError(f"has more than {LARGEST:,} bytes")
    walk = Walk()
    try:
        for event in yaml.parse(data, safe_loader()):
            if isinstance(event, yaml.ScalarEvent):
                walk.scalar(event)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                walk.begin(event, mapping=isinstance(event, yaml.MappingStartEvent))
            elif isinstance(event, yaml.CollectionEndEvent):
                walk.end(event)
            elif isinstance(event, yaml.AliasEvent):
                walk.alias(event)
    except yaml.YAMLError as error:
        raise not_yaml(error) from error
    return walk.lines
