"""Check: every kind of field that a resource of the template can have is rendered as Python."""

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from fastkit.catalog import resources
from fastkit.catalog.fields import OPTIONS, read_field
from fastkit.catalog.migrations import projects_folder
from fastkit.catalog.questions import Answers
from fastkit.catalog.resources import ABOUT, FOLDER, Resource, make_resource
from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding
from fastkit.checking.lists import check_insertion
from fastkit.errors import UsageError
from fastkit.plan import Recipe
from fastkit.rendering.resources import changing, creating, insertions, text_of

CHECK = "resources"

VALUES = {"enum": "enum=draft/published", "list": "list=str", "ref": "ref=wholes"}

WAYS = ("", ":optional", ":unique", ":index", ":default=1", ":default=true", ":default=draft")


def check_resources(template: Template) -> Iterator[Finding]:
    if not resources.are_offered(template):
        return
    offered = [*kinds(template)]
    lead = ["whole:ref=wholes"] if any("ref=" in text for text in offered) else []
    whole, lean = sample("whole", offered), sample("lean", ["title:str", *lead])
    recipe = Recipe(template, Answers(), "sample", chosen_resources=(lean, whole))
    for insertion, place in insertions(recipe):
        yield from check_insertion(CHECK, template, (), insertion, place)
    for resource in recipe.resources:
        for path, source in resources.files(template).items():
            yield from check_text(f"project/{path}.jinja", partial(text_of, recipe, resource, source))
    if not projects_folder(template):
        return
    half = sample("whole", offered[::2])
    yield from check_text("migrations/create.py.jinja", partial(creating, template, whole))
    for old, new in ((whole, half), (half, whole)):
        yield from check_text("migrations/change.py.jinja", partial(changing, template, old, new, "all"))


def sample(name: str, fields: Sequence[str]) -> Resource:
    return make_resource(name, [read_field(text) for text in fields])


def kinds(template: Template) -> list[str]:
    """A field of each type in each way that the template offers."""
    found, not_offered = [], resources.settings(template).get("not_offered") or {}
    for kind in OPTIONS:
        for number, way in enumerate(WAYS):
            text = f"{kind}_{number}:{VALUES.get(kind, kind)}{way}"
            try:
                field = read_field(text)
            except UsageError:
                continue
            if not_offered.keys().isdisjoint((field.type, *field.given)):
                found.append(text)
    return found


def check_text(path: str, render: Callable[[], str]) -> Iterator[Finding]:
    try:
        ast.parse(render())
    except SyntaxError as error:
        yield Finding(CHECK, f"gives no Python: {error}", f"see `{ABOUT}`", f"{FOLDER}/{path}")
    except Exception as error:  # whatever Jinja raises, or ruff of a migration
        yield Finding(CHECK, f"cannot be rendered: {error}", "see its names", f"{FOLDER}/{path}")
