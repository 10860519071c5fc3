"""The resource that a new project starts with is what `fastkit resource add` would make."""

import re
from pathlib import Path

from fastkit.catalog import resources
from fastkit.catalog.find import find_template
from fastkit.catalog.questions import Answers
from fastkit.plan import Recipe
from fastkit.rendering.resources import creating, insertions, tidy, write
from tests.support.projects import ANSWERS, render

TEMPLATE = find_template("fastapi-async-sqlalchemy")

FIRST = resources.from_data(resources.settings(TEMPLATE)["first"])

RECIPE = Recipe(TEMPLATE, Answers(), "shop", resources=(FIRST,))


def test_its_files_are_those_that_are_rendered(tmp_path: Path) -> None:
    project = render(TEMPLATE, {**ANSWERS, "package_manager": "uv"}, tmp_path)
    names = [path.replace("[plural]", FIRST.plural) for path in resources.files(TEMPLATE)]
    before = {name: (project / name).read_text("utf-8") for name in names}
    for name in names:
        (project / name).unlink()

    tidy([*write(RECIPE, FIRST, project)], project)

    assert {name: (project / name).read_text("utf-8") for name in names} == before


def test_its_lines_are_in_the_lists() -> None:
    for insertion, _ in insertions(RECIPE):
        text = (TEMPLATE.folder / "project" / insertion.file).read_text("utf-8")
        assert f"    {insertion.item.text},\n" in text


def test_its_table_is_that_of_the_first_migration() -> None:
    first = (TEMPLATE.folder / "migrations/users_and_items.py").read_text("utf-8")
    [step] = re.findall(r"    op\.create_table\(\n.*?\n    \)\n", creating(TEMPLATE, FIRST), re.DOTALL)
    assert step in first
