"""Values as text, JSON and TOML, and lookups in nested values."""

import json
import re
import sys
from contextlib import suppress
from math import isfinite
from typing import Any

from fastkit.computing.safe_yaml import DocumentError, check_bounds, parse


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
    """The value in types that strict JSON has; other values and keys become text."""
    if isinstance(value, dict):
        return {as_text(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(item) for item in value]
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and isfinite(value)):
        return value
    return str(value)


def parse_json_or_yaml(data: bytes) -> Any:
    """The value of a JSON or YAML file; JSON first, since YAML reads its escapes and numbers differently.

    Raises:
        DocumentError: it is neither, or exceeds a limit.
    """
    try:
        value = json.loads(data)
        check_bounds(json.dumps(value, ensure_ascii=False).encode())
    except (ValueError, RecursionError):
        return parse(data)
    return value


def parse_toml(text: str) -> dict[str, Any]:
    """
    Raises:
        DocumentError: it is not TOML, or nests too deeply.
    """
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"is not TOML: {error}", line_of(error)) from error


def line_of(error: Exception) -> int | None:
    """The line of an error; before Python 3.14, only its message has it."""
    said = re.search(r"at line (\d+)", str(error))
    return getattr(error, "lineno", None) or (int(said[1]) if said else None)


def found_at(value: Any, *keys: str) -> Any:
    """The value at these keys of nested mappings; None if a key is missing or a value is not a mapping."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def list_at(value: Any, *keys: str) -> list[Any]:
    found = found_at(value, *keys)
    return found if isinstance(found, list) else []


def table_at(value: Any, *keys: str) -> dict[str, Any]:
    found = found_at(value, *keys)
    return found if isinstance(found, dict) else {}
