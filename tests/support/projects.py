"""Projects rendered in this process, where a test needs many of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fastkit.catalog import features
from fastkit.catalog.template import JINJA_TAG, Template
from fastkit.commands.startdemo import ask_for_plan
from fastkit.making.make import make_files
from fastkit.plan import make_plan

ANSWERS = {
    "project_name": "async-todo-api",
    "author": "Developer Kim",
    "author_email": "developer@example.com",
    "description": "Asynchronous todo management API",
}

MANAGERS = ("pip", "uv", "pdm", "poetry")


def render(template: Template, answers: Mapping[str, str], parent: Path, names: Sequence[str] = ()) -> Path:
    """Make the files of a project below `parent` as startdemo makes them, and nothing else."""
    plan = ask_for_plan(template, answers, None, features.chosen(template, names), install=False)
    plan = make_plan(replace(plan, destination=parent / plan.destination))
    make_files(plan)
    return plan.destination


def rendered_files(template: Template) -> set[str]:
    """The paths of the files that take values, as far as they have the same name in every project."""
    roots = (*template.layers, template.folder / template.subdirectory)
    found = (path.relative_to(root).as_posix() for root in roots for path in root.rglob("*.jinja"))
    return {JINJA_TAG.sub("", name).removesuffix(".jinja") for name in found}
