"""Projects rendered in this process, where a test needs many of them."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastkit.catalog import features
from fastkit.catalog.layers import JINJA_TAG, sources
from fastkit.catalog.questions import Answers
from fastkit.catalog.template import Template
from fastkit.making.make import begin
from fastkit.plan import Plan, Recipe, make_plan, make_recipe

ANSWERS = {
    "project_name": "async-todo-api",
    "author": "Developer Kim",
    "author_email": "developer@example.com",
    "description": "Asynchronous todo management API",
}

MANAGERS = ("pip", "uv", "pdm", "poetry")


def recipe_for(template: Template, answers: Answers, project: Path, **more: Any) -> Recipe:
    """The recipe of a project in this folder, which may exist."""
    return Recipe(template, answers, project.name, owners_folder=project, **more)


def render(template: Template, answers: Mapping[str, str], parent: Path, names: Sequence[str] = ()) -> Path:
    """Make the files of a project below `parent` as startdemo makes them, and nothing else."""
    chosen = features.chosen(template, names)
    recipe = make_recipe(template, chosen, answers, None, parent=parent, install=False)
    plan = make_plan(recipe, parent / recipe.name)
    make_files(plan)
    return plan.destination


def make_files(plan: Plan) -> None:
    """Make the files alone: no task, repository or environment."""
    with ExitStack() as held:
        begin(replace(plan, git=False), held)


def rendered_files(template: Template) -> set[str]:
    """The paths of the files that take values, as far as they have the same name in every project."""
    found = (path for path in sources(template) if path.endswith(".jinja"))
    return {JINJA_TAG.sub("", path).removesuffix(".jinja") for path in found}
