"""Lists of a TOML file that are written one item a line: read and changed."""

import pytest

from fastkit.computing.python_lists import NotAList
from fastkit.computing.toml_lists import Line, items_of, with_item, without_item

TOML = """\
[project]
name = "shop"
dependencies = [
    "fastapi>=0.165",
    "redis[hiredis]>=8",  # for the cache
]
keywords = ["one", "two"]

[dependency-groups]
dev = [
    "pytest",
]
empty = [
]
"""

DEPENDENCIES = ("project", "dependencies")


def test_every_line_of_a_list_is_an_item() -> None:
    assert items_of(TOML) == {
        Line(DEPENDENCIES, '    "fastapi>=0.165",'),
        Line(DEPENDENCIES, '    "redis[hiredis]>=8",  # for the cache'),
        Line(("dependency-groups", "dev"), '    "pytest",'),
    }


def test_a_line_comes_to_the_end_of_its_list_once() -> None:
    new = Line(("dependency-groups", "dev"), '    "ruff",')
    changed = TOML.replace('    "pytest",\n', '    "pytest",\n    "ruff",\n')
    assert with_item(TOML, new) == with_item(changed, new) == changed
    assert without_item(changed, new) == TOML


def test_a_list_can_be_empty() -> None:
    new = Line(("dependency-groups", "empty"), '    "ruff",')
    assert with_item(TOML, new) == TOML.replace("empty = [\n", 'empty = [\n    "ruff",\n')


@pytest.mark.parametrize("name", [("project", "keywords"), ("project", "dev"), ("tool", "dependencies")])
def test_another_list_is_none(name: tuple[str, str]) -> None:
    for change in (with_item, without_item):
        with pytest.raises(NotAList):
            change(TOML, Line(name, '    "ruff",'))
