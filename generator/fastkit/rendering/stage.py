"""Renders a recipe into files, in a temporary folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from threading import Thread

from fastkit.catalog.layers import roots
from fastkit.catalog.migrations import first_files, projects_folder
from fastkit.catalog.template import Template
from fastkit.computing import limits, worker
from fastkit.errors import TemplateError
from fastkit.machine.disk import new_folders, temporary_folder
from fastkit.plan import Recipe
from fastkit.rendering import insertions, resources, with_copier, with_jinja
from fastkit.rendering.confined import computed, is_confined
from fastkit.rendering.faults import errors_of


@contextmanager
def staged(recipe: Recipe, beside: Path) -> Iterator[Path]:
    """Render the project into a new folder in `beside`; both are removed afterwards.

    Raises:
        TemplateError: the template cannot be rendered, or not within bounds.
        DestinationError: the disk is full, or `beside` cannot be written.
    """
    with new_folders(beside), temporary_folder(beside) as room:
        project = room / recipe.name
        confined = is_confined(recipe.template, trusted=recipe.trust)
        if recipe.template.source != "bundled":
            check_template(recipe.template, trusted=not confined)
        if confined:
            worker.start().prepare(load_copier)
        problem = partial(too_large, project)
        computed(recipe.template, render, recipe, room, project, trusted=recipe.trust, problem=problem)
        check_project(recipe, project)
        yield project


def get_ready(template: Template, *, trusted: bool, soon: bool) -> None:
    """Load what will render the template while the person types.

    Args:
        soon: nobody types, so a thread would not be faster.

    Raises:
        TemplateError: the template is too large, or has what no project can have.
    """
    if is_confined(template, trusted=trusted):
        worker.start().prepare(load_copier)
        check_template(template, trusted=False)
    elif template.source != "bundled" and not soon:
        Thread(target=load_copier, daemon=True).start()


def write_migrations(recipe: Recipe, project: Path) -> None:
    has_tables = projects_folder(recipe.template)
    tables = {
        resource.plural: resources.creating(recipe.template, resource)
        for resource in (recipe.further_resources if has_tables else ())
    }
    for path, content in first_files(recipe.template, recipe.features, tables):
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode())


def load_copier() -> None:
    with_copier.import_copier()


def render(recipe: Recipe, room: Path, project: Path) -> None:
    copy = room / ".template"
    with errors_of(recipe, room, copy):
        if recipe.template.source == "bundled":
            with_jinja.render(recipe, project)
        else:
            with_copier.render(recipe, with_copier.with_layers(recipe, copy), project)
    resources.render(recipe, project)
    insertions.insert(recipe, project)
    if recipe.migrations is None:
        write_migrations(recipe, project)


@cache
def check_template(template: Template, *, trusted: bool) -> None:
    """
    Raises:
        TemplateError: a folder that is rendered is missing, too large or has what no project can have.
    """
    folders = roots(template)
    if not folders:
        problem = f"`_subdirectory` is `{template.subdirectory}`, which does not exist"
        file, line = template.place("_subdirectory")
        raise TemplateError(template.name, problem, file=file, line=line)
    for folder in folders:
        try:
            limits.check_template(folder, trusted=trusted)
        except limits.BoundsError as error:
            here = os.path.relpath(folder / error.path, template.folder) if error.path else None
            raise TemplateError(template.name, error.problem, file=here) from error
        except OSError as error:
            raise template.unreadable(error) from error


def too_large(project: Path) -> str:
    problem = limits.growth(project, limits.Tally())
    return f"makes a project that {problem}" if problem else ""


def check_project(recipe: Recipe, project: Path) -> None:
    trusted = not is_confined(recipe.template, trusted=recipe.trust)
    try:
        limits.check_project(project, trusted=trusted)
    except limits.BoundsError as error:
        path = f"`{error.path}`, which " if error.path else "a project that "
        raise TemplateError(recipe.template.name, f"makes {path}{error.problem}") from error
