"""Renders the files and migrations of a project's resources, formatted by ruff.

Whatever the names and the number of fields are, the lines have to be as the project's own ruff wants them.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fastkit.catalog import field_samples, resources
from fastkit.catalog.resources import ABOUT, FOLDER, Resource, files, settings
from fastkit.catalog.seams import Insertion, read_insertion
from fastkit.catalog.template import Template
from fastkit.computing.jinja import environment
from fastkit.computing.python_lists import LINE, without_item
from fastkit.errors import FastkitError
from fastkit.plan import Recipe
from fastkit.rendering.settings import context_of

RUFF = (sys.executable, "-I", "-m", "ruff")
STYLE = ("--isolated", "--no-cache", "--quiet", f"--line-length={LINE}")
BLANK = re.compile(r"\n\s*\n(?= {8})")
"""Empty lines between the steps of a migration, of which some have nothing to do."""

ONE_LINE = "--config=lint.isort.split-on-trailing-comma=false"
"""Imports stand in one line where they fit, once those that nothing uses are gone."""

UNUSED_AND_ORDER = ("check", "--fix-only", "--select=F401,I", ONE_LINE, *STYLE)


def render(recipe: Recipe, project: Path) -> None:
    """Write the resources over the rendered template, which has the first one as it comes."""
    first = resources.first(recipe.template)
    for resource in first:
        if resource not in recipe.resources:
            leave_out(recipe, resource, project)
    made = [resource for resource in recipe.resources if resource not in first]
    tidy([path for resource in made for path in write(recipe, resource, project)], project)


def leave_out(recipe: Recipe, resource: Resource, project: Path) -> None:
    """Take the first resource out of a project, but for what another one of its name needs."""
    gone = resources.paths(recipe.template, resource)
    if resource.name not in [other.name for other in recipe.resources]:
        gone += resources.first_files(recipe.template)
    for path in gone:
        (project / path).unlink()
    for insertion, _ in inserted_by(recipe.template, resource):
        if not insertion.is_for(recipe.feature_names):
            continue
        file = project / insertion.file
        file.write_bytes(without_item(file.read_bytes().decode(), insertion.item).encode())


def write(recipe: Recipe, resource: Resource, project: Path) -> Iterator[str]:
    """Write the files of a resource; their paths."""
    for path, source in files(recipe.template).items():
        target = path.replace("[plural]", resource.plural)
        file = project / target
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text_of(recipe, resource, source).encode())
        yield target


def text_of(recipe: Recipe, resource: Resource, source: Path) -> str:
    """A file of the resource, before ruff has been at it."""
    return rendered(recipe.template, source, {**context_of(recipe), **context_for(recipe, resource)})


def context_for(recipe: Recipe, resource: Resource) -> dict[str, Any]:
    """What the files of one resource know beside the project's own context."""
    tables = {
        name: {"module": about["created"], "path": name, "fields": about["fields"]}
        for name, about in settings(recipe.template)["tables"].items()
    }
    tables |= {
        other.plural: {"module": f"tests.test_{other.plural}", "path": other.path, "fields": {}}
        for other in recipe.resources
    }
    return {
        "resource": resource,
        "parents": tables,
        "expression": field_samples.expression,
        "accepted": field_samples.accepted,
        "refused": field_samples.refused,
        "amounts": field_samples.amounts,
    }


def insertions(recipe: Recipe) -> Iterator[tuple[Insertion, str]]:
    """What the resources add to lists, and the file that says so."""
    for resource in recipe.resources:
        yield from inserted_by(recipe.template, resource)


def inserted_by(template: Template, resource: Resource) -> Iterator[tuple[Insertion, str]]:
    names = {part: getattr(resource, part) for part in ("name", "plural", "model", "collection", "constant")}
    for given in settings(template)["insert"]:
        filled = {key: text.format(**names) for key, text in given.items()}
        yield read_insertion(filled), f"{FOLDER}/{ABOUT}"


def creating(template: Template, resource: Resource) -> str:
    """The migration that makes its table."""
    return migration(template, "create", {"resource": resource})


def changing(template: Template, old: Resource, new: Resource, what: str) -> str:
    """The migration from one set of fields to another."""
    return migration(template, "change", {"old": old, "resource": new, "what": what})


def migration(template: Template, name: str, context: dict[str, Any]) -> str:
    source = template.folder / FOLDER / "migrations" / f"{name}.py.jinja"
    text = BLANK.sub("\n", rendered(template, source, context))
    for words in (UNUSED_AND_ORDER, ("format", *STYLE)):
        text = ruff([*words, "-"], template.folder, text)
    return text


def rendered(template: Template, source: Path, context: dict[str, Any]) -> str:
    jinja = environment(template.envops, template.folder)
    return str(jinja.from_string(source.read_bytes().decode()).render(**context))


def tidy(paths: Sequence[str], project: Path) -> None:
    if paths:
        ruff([*UNUSED_AND_ORDER, *paths], project)
        ruff(["format", *STYLE, *paths], project)


def ruff(words: Sequence[str], cwd: Path, text: str = "") -> str:
    """
    Raises:
        FastkitError: ruff does not run, or what it is given is not Python.
    """
    done = subprocess.run([*RUFF, *words], cwd=cwd, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        problem = (done.stderr.strip() or "it does not say why").splitlines()[0]
        raise FastkitError(f"ruff cannot format what was made: {problem}", "install fastkit anew")
    return done.stdout
