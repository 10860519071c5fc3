"""The check of what a template makes resources of."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from fastkit.catalog.fields import OPTIONS
from fastkit.catalog.find import find_template
from fastkit.catalog.template import Template
from fastkit.checking.resources import check_resources, kinds

JSON = "fastapi-async-crud"
SQL = "fastapi-async-sqlalchemy"


@pytest.fixture
def name() -> str:
    """A test may parametrize it."""
    return SQL


@pytest.fixture
def template(name: str, tmp_path: Path) -> Template:
    """A copy to spoil."""
    found = find_template(name)
    shutil.copytree(found.folder.parent, tmp_path / "templates")
    return replace(found, folder=tmp_path / "templates" / found.name)


def messages(template: Template) -> list[str]:
    return [f"{finding.file}: {finding.message}" for finding in check_resources(template)]


def test_each_type_is_among_the_samples() -> None:
    found = {name: {type_of(text) for text in kinds(find_template(name))} for name in (SQL, JSON)}
    assert found == {SQL: {*OPTIONS}, JSON: {*OPTIONS} - {"ref"}}


def type_of(text: str) -> str:
    return text.split(":")[1].partition("=")[0]


@pytest.mark.parametrize("name", [SQL, JSON])
def test_nothing_is_found_in_a_good_template(template: Template) -> None:
    assert messages(template) == []


MODEL = "resource/project/src/models/[plural].py.jinja"

FAULTS = [
    ("resource/resource.yml", "list: ROUTERS", "list: ROADS", "there is no list `ROADS`"),
    ("resource/project/src/crud/[plural].py.jinja", "import models", "import", "gives no Python"),
    (MODEL, "resource.plural", "resource.many", "cannot be rendered"),
    ("resource/migrations/create.py.jinja", "def downgrade()", "def downgrade(", "cannot be rendered"),
    ("project/src/api/api.py", "    items.router,\n", "    zoo.router,\n", "must be sorted"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), FAULTS)
def test_a_fault_is_found_where_it_is(file: str, old: str, new: str, said: str, template: Template) -> None:
    path = template.folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    found = messages(template)
    assert found
    assert all(said in message for message in found), found
    assert {finding.check for finding in check_resources(template)} == {"resources"}


def test_a_template_without_resources_has_nothing_to_check() -> None:
    assert messages(find_template("fastapi-async-demo")) == []
