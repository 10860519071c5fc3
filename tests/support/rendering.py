"""Recipes of small templates, and what comes of rendering them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fastkit.catalog.questions import Answers
from fastkit.errors import TemplateError
from fastkit.plan import Recipe
from fastkit.rendering.stage import staged
from tests.support.folders import read, write_template
from tests.support.projects import recipe_for

STRICT = "_subdirectory: project\n_envops: {undefined: jinja2.StrictUndefined}\n"


def recipe_in(
    root: Path,
    files: Mapping[str, str | bytes],
    values: Mapping[str, Any] | None = None,
    computed: Mapping[str, Any] | None = None,
    trust: bool = False,
    source: str = "folder",
) -> Recipe:
    template = write_template(root / "templates/demo", {"copier.yml": STRICT, **files})
    template = replace(template, source=source)
    return recipe_for(template, Answers(values or {}, computed or {}), root / "shop", trust=trust)


def rendered(recipe: Recipe) -> dict[str, str | bytes]:
    with staged(recipe, root_of(recipe)) as project:
        return read(project)


def root_of(recipe: Recipe) -> Path:
    assert recipe.owners_folder
    return recipe.owners_folder.parent


def refusal(recipe: Recipe) -> TemplateError:
    """How rendering is refused; nothing but the template may be left."""
    before = read(root_of(recipe))
    with pytest.raises(TemplateError) as error, staged(recipe, root_of(recipe)):
        pytest.fail("it was rendered")
    assert read(root_of(recipe)) == before
    return error.value
