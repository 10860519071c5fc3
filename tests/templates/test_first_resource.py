"""The resource that a new project starts with is what `fastkit resource add` would make.

`pytest --update-golden` writes its files into `project/`.
"""

import re
from pathlib import Path

import pytest

from fastkit.catalog import resources
from fastkit.catalog.find import find_template
from fastkit.catalog.questions import Answers
from fastkit.plan import Recipe
from fastkit.rendering.resources import creating, insertions, tidy, write
from tests.support.projects import ANSWERS, render

TEMPLATE = find_template("fastapi-async-sqlalchemy")

FIRST = resources.from_data(resources.settings(TEMPLATE)["first"])

RECIPE = Recipe(TEMPLATE, Answers(), "shop", resources=(FIRST,))


def test_its_files_are_those_that_are_rendered(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    project = render(TEMPLATE, {**ANSWERS, "package_manager": "uv"}, tmp_path)
    paths = [path.replace("[plural]", FIRST.plural) for path in resources.files(TEMPLATE)]
    for path in paths:
        (project / path).unlink()

    tidy([*write(RECIPE, FIRST, project)], project)

    made = {path: (project / path).read_bytes() for path in paths}
    if request.config.getoption("--update-golden"):
        for path, content in made.items():
            (TEMPLATE.folder / "project" / path).write_bytes(content)
    assert {path: (TEMPLATE.folder / "project" / path).read_bytes() for path in paths} == made


def test_its_lines_are_in_the_lists() -> None:
    for insertion, _ in insertions(RECIPE):
        text = (TEMPLATE.folder / "project" / insertion.file).read_text("utf-8")
        assert f"    {insertion.item.text},\n" in text


def test_its_table_is_that_of_the_first_migration() -> None:
    first = (TEMPLATE.folder / "migrations/users_and_items.py").read_text("utf-8")
    [step] = re.findall(r"    op\.create_table\(\n.*?\n    \)\n", creating(TEMPLATE, FIRST), re.DOTALL)
    assert step in first
