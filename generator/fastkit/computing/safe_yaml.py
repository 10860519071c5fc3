"""YAML that somebody else wrote, read into plain values within limits, with the line of each key.

PyYAML has no limits: aliases can repeat each other to billions of values, its C parser crashes on deep
nesting, and it raises whatever Python raises for a value that does not fit its tag. One pass over the
events of a file counts its values before anything is built.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from fastkit.wording import shortened

LARGEST = 1_000_000
"""Bytes of one file."""

DEEPEST = 50
"""Levels of nested lists and mappings."""

MOST_VALUES = 50_000
"""Values of one file, counting every repetition by an alias."""

LARGEST_NUMBER = 10_000
"""Bits of an integer: Python refuses to print one of more than 4,300 digits."""

UNREADABLE = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError)
"""What PyYAML raises for a value that does not fit its tag, such as `!!bool maybe`."""

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
    """The fastest loader that makes only plain values, with the line of each value that it refuses."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """A subclass, so that PyYAML's own class does not change."""

    for kind in ("bool", "int", "float", "timestamp"):
        usual = getattr(Loader, f"construct_yaml_{kind}")
        Loader.add_constructor(f"tag:yaml.org,2002:{kind}", strict(usual, kind))
    return Loader


def strict(usual: Callable[[Any, Any], Any], kind: str) -> Callable[[Any, Any], Any]:
    """A constructor of PyYAML's that raises `DocumentError` where it would fail or take forever."""

    def construct(loader: Any, node: Any) -> Any:
        line = node.start_mark.line + 1
        if len(node.value) > LARGEST_NUMBER:  # `1:1:1` is in base 60 and takes quadratic time
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


def parse(text: str | bytes, *, as_written: bool = False) -> Any:
    """The value of one document.

    Args:
        as_written: keep every scalar as the text in the file.

    Raises:
        DocumentError: it is not YAML, or exceeds a limit.
    """
    data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    values = parse_all(data, written_loader() if as_written else safe_loader())
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
    except RecursionError as error:
        raise DocumentError("nests too deep") from error


def not_yaml(error: Exception) -> DocumentError:
    mark = getattr(error, "problem_mark", None)
    problem = (getattr(error, "problem", None) or str(error)).splitlines()[0]
    return DocumentError(f"is not YAML: {problem}", mark.line + 1 if mark else None)


@dataclass
class Level:
    """A list or mapping that is being read."""

    anchor: str | None
    mapping: bool
    values: int = 1
    items: int = 0
    key: str = ""


@dataclass
class Walk:
    """A pass over the events of a file."""

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
        DocumentError: it is not YAML, or exceeds a limit.
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
