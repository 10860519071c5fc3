"""YAML that somebody else wrote: safe, within bounds, and with the line of each of its keys."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LARGEST = 1_000_000
"""Bytes of one document file."""

DEEPEST = 50
"""Levels of lists and mappings; the parsers recurse, the one in C without a guard."""

MOST_VALUES = 50_000
"""Values of one file, each counted as often as an alias repeats it."""

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


def safe_loader() -> Any:
    """The fastest loader that makes nothing but plain values."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def written_loader() -> Any:
    import yaml

    return getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def as_text(value: Any) -> str:
    """One line that `parse` reads as this value."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):  # such as a date, which JSON does not have
        return str(value)


def parse(text: str, *, as_written: bool = False) -> Any:
    """The value of one document.

    Args:
        as_written: every scalar is the text that stands there.

    Raises:
        DocumentError: it is not YAML, or more of it than fastkit takes.
    """
    values = parse_all(text.encode(), written_loader() if as_written else safe_loader())
    if len(values) > 1:
        raise DocumentError("is not YAML: several documents")
    return values[0] if values else None


def parse_all(data: bytes, loader: Any) -> list[Any]:
    import yaml

    check_bounds(data)
    try:
        return list(yaml.load_all(data, loader))
    except yaml.YAMLError as error:
        raise not_yaml(error) from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(f"cannot be read: {error}") from error


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
