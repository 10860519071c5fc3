"""The resource that a new project starts with is what `fastkit resource add` would make.

`pytest --update-golden` writes its files into the `project/` of its template.
"""

import re
from pathlib import Path

import pytest

from fastkit.catalog.find import find_template, list_templates
from fastkit.catalog.questions import Answers
from fastkit.catalog.resources import first, paths
from fastkit.catalog.template import Template
from fastkit.plan import Recipe
from fastkit.rendering.resources import creating, inserted_by, tidy, write
from tests.support.projects import ANSWERS, render

TEMPLATES = [template for template in list_templates() if first(template)]

every_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)


@every_template
def test_its_files_are_those_that_are_rendered(
    template: Template, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    [resource] = first(template)
    project = render(template, {**ANSWERS, "package_manager": "uv"}, tmp_path)
    tidy([*write(Recipe(template, Answers(), "shop"), resource, project)], project)

    made = {path: (project / path).read_bytes() for path in paths(template, resource)}
    if request.config.getoption("--update-golden"):
        for path, content in made.items():
            (template.folder / "project" / path).write_bytes(content)
    assert {path: (template.folder / "project" / path).read_bytes() for path in made} == made


@every_template
def test_its_lines_are_in_the_lists(template: Template) -> None:
    [resource] = first(template)
    for insertion, _ in inserted_by(template, resource):
        feature = f"features/{insertion.feature}" if insertion.feature else ""
        text = (template.folder / feature / "project" / insertion.file).read_text("utf-8")
        assert f"    {insertion.item.text},\n" in text


def test_its_table_is_that_of_the_first_migration() -> None:
    template = find_template("fastapi-async-sqlalchemy")
    [resource] = first(template)
    migration = (template.folder / "migrations/users_and_items.py").read_text("utf-8")
    [step] = re.findall(r"    op\.create_table\(\n.*?\n    \)\n", creating(template, resource), re.DOTALL)
    assert step in migration
