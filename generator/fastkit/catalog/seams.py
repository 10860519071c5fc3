"""What a feature adds to files that are not its own: items of lists, requirements, settings and services."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastkit.catalog.settings import Check, Problem, is_inside, list_of
from fastkit.computing.python_lists import Item

PARTS = ("env", "services", "environment", "workers", "checks")
"""Mappings of a feature.yml, which those of other features are merged with, key by key.

The files of a template know the result as `features_env`, and so on.
"""


@dataclass(frozen=True, order=True)
class Insertion:
    """An item that a list in a file of the project gets.

    Attributes:
        file: its path in the project.
        feature: one whose projects alone have the file; empty if all have it.
    """

    file: str
    item: Item
    feature: str = ""

    def is_for(self, features: Container[str]) -> bool:
        return not self.feature or self.feature in features


def read_insertion(given: Mapping[str, str]) -> Insertion:
    module, _, name = given.get("import", "").partition(":")
    source, _, last = module.rpartition(".")
    imported = (module, name) if name else (source, last)
    return Insertion(given["file"], Item(given["list"], given["item"], *imported), given.get("feature", ""))


def insertion(what: str, value: Any) -> Problem:
    known = ("file", "list", "import", "item", "feature")
    wanted = f"{what} must be a mapping with `file`, `list`, `item` and, where needed, `import` and `feature`"
    if not isinstance(value, dict) or not {"file", "list", "item"} <= value.keys() <= {*known}:
        return wanted
    if not all(isinstance(text, str) and text for text in value.values()):
        return wanted
    return None if is_inside(value["file"]) else f"the `file` of {what} must be a path inside the project"


INSERTIONS: Check = list_of(insertion)


class Clash(Exception):
    """Two mappings have different values for a key."""


def merged(mappings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One mapping with the keys of all.

    Raises:
        Clash: two of them have different values for a key.
    """
    found: dict[str, Any] = {}
    for mapping in mappings:
        found = with_keys(found, mapping)
    return found


def with_keys(before: Mapping[str, Any], more: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    found = dict(before)
    for key, value in more.items():
        path = f"{above}{key}"
        if isinstance(value, dict) and isinstance(found.get(key), dict):
            found[key] = with_keys(found[key], value, f"{path}.")
        elif found.setdefault(key, value) != value:
            raise Clash(path)
    return found
