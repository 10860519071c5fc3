"""The features `streaming` and `realtime` know every resource that a project has."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from fastkit.catalog import features
from fastkit.catalog.fields import read_field
from fastkit.catalog.find import find_template
from fastkit.catalog.resources import Resource, make_resource
from fastkit.plan import make_recipe
from fastkit.rendering.stage import staged
from tests.support.projects import ANSWERS

NOTE = make_resource("note", [read_field("title:str")])


@pytest.mark.parametrize("path", ["src/crud/exports.py", "src/crud/live.py"])
@pytest.mark.parametrize(
    ("names", "resources", "exported"),
    [
        ([], None, ["items.ITEMS", "users.USERS"]),
        ([], (NOTE,), ["notes.NOTES", "users.USERS"]),
        (["profiles"], (), ["posts.POSTS", "users.USERS"]),
    ],
)
def test_its_list_has_all_resources(
    path: str, names: list[str], resources: tuple[Resource, ...] | None, exported: list[str], tmp_path: Path
) -> None:
    template = find_template("fastapi-async-sqlalchemy")
    answers = {**ANSWERS, "package_manager": "uv"}
    chosen = features.chosen(template, ["realtime", "streaming", *names])
    recipe = make_recipe(template, chosen, answers, None, parent=tmp_path, install=False)
    with staged(replace(recipe, chosen_resources=resources), tmp_path) as project:
        text = (project / path).read_text("utf-8")
    assert re.findall(r"^    (\w+\.\w+),$", text, re.MULTILINE) == exported
    assert all(f"    {item.partition('.')[0]},\n" in text for item in exported)
