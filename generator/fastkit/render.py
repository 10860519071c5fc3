"""From a plan to rendered files, in a folder of their own."""

import gc
import io
import os
import shutil
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

from fastkit import features, quick
from fastkit.catalog import Template
from fastkit.disk import disk_error, is_disk_error, new_folders, temporary_folder
from fastkit.errors import FastkitError, TemplateError
from fastkit.plan import Plan

NEVER_RENDERED = [
    ".git",
    "__pycache__",
    "*.py[co]",
    ".DS_Store",
    ".venv",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
]
"""Copier's default excludes are off where a template has a `_subdirectory`, and an installed
template is byte-compiled by pip; a rendered `.git/hooks` would run at the first commit."""


@contextmanager
def staged(plan: Plan, beside: Path) -> Iterator[Path]:
    """Render the project into a new folder in `beside`; both are gone afterwards.

    Raises:
        TemplateError: the template cannot be rendered.
        DestinationError: the disk is full, or `beside` cannot be written.
    """
    with new_folders(beside), temporary_folder(beside) as room:
        project = room / plan.name
        with errors_of(plan.template, room):
            render(plan, room, project)
        yield project


def render(plan: Plan, room: Path, project: Path) -> None:
    """Render quickly where that is the same, and with copier where anything is out of the ordinary."""
    above = features.layers(features.chosen(plan.template, plan.features))
    context = {**plan.answers.context, **features_context(plan)}
    try:
        quick.render(plan.template, context, project, NEVER_RENDERED, above)
    except Exception as error:
        if isinstance(error, OSError) and is_disk_error(error):
            raise
        shutil.rmtree(project, ignore_errors=True)
        render_with_copier(plan, overlaid(plan.template, room / ".template", above), project)


def features_context(plan: Plan) -> dict[str, Any]:
    chosen = features.chosen(plan.template, plan.features)
    return features.context(plan.template, chosen, plan.answers.context)


def render_with_copier(plan: Plan, template: Path, project: Path) -> None:
    copier = import_copier()
    with quietly(), without_git():
        copier.run_copy(
            str(template),
            project,
            data={**plan.answers.values, **features_context(plan)},
            defaults=True,
            quiet=True,
            overwrite=True,
            unsafe=plan.trust,
            skip_tasks=True,
            settings=copier.Settings(),
            exclude=NEVER_RENDERED,
        )


def run_tasks(plan: Plan) -> None:
    """Run the tasks of a trusted template in the finished project.

    Raises:
        TemplateError: a task failed; what it did stays.
    """
    if "tasks" not in plan.template.runs_code:
        return
    copier = import_copier()
    with temporary_folder(Path(tempfile.gettempdir())) as room:
        lay_over(plan.template.folder, room / "template")
        run_only_tasks(copier, plan, room / "template")


def run_only_tasks(copier: Any, plan: Plan, template: Path) -> None:
    """Copier's run without a single file, in a copy of the template that is no repository."""
    try:
        with stdout_on_stderr():
            copier.run_copy(
                str(template),
                plan.destination,
                data={**plan.answers.values, **features_context(plan)},
                defaults=True,
                quiet=True,
                unsafe=True,
                settings=copier.Settings(),
                exclude=["*"],
            )
    except Exception as error:
        raise TemplateError(
            plan.template.name,
            f"a task failed: {first_line(error)}",
            file="copier.yml",
            hint=f"`{plan.destination}` is complete but for the tasks: run the rest by hand",
        ) from error


@contextmanager
def stdout_on_stderr() -> Iterator[None]:
    """What a task prints is no part of our own standard output, which may be JSON."""
    sys.stdout.flush()
    ours = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(ours, 1)
        os.close(ours)


def import_copier() -> Any:
    """Import copier, which takes a quarter of a second and then may need its garbage collected."""
    import copier

    gc.freeze()
    gc.enable()
    return copier


@contextmanager
def without_git() -> Iterator[None]:
    """Hide git from copier, which would start it once for each file of a plain folder."""
    from plumbum import local

    with local.env(PATH=""):
        yield


@contextmanager
def quietly() -> Iterator[None]:
    with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def overlaid(template: Template, room: Path, above: Sequence[Path] = ()) -> Path:
    """One template folder of all the layers; the template itself where it has none."""
    if not (template.layers or above):
        return template.folder
    for layer in template.layers:
        lay_over(layer, room / template.subdirectory)
    lay_over(template.folder, room)
    for layer in above:
        lay_over(layer, room / template.subdirectory)
    return room


def lay_over(folder: Path, room: Path) -> None:
    """Copy a folder over another; a file takes the place of its namesake with or without `.jinja`."""
    ignore = shutil.ignore_patterns(*NEVER_RENDERED)
    if room.exists():
        for path in folder.rglob("*"):
            if path.is_file():
                below = room / path.relative_to(folder)
                quick.namesake(below).unlink(missing_ok=True)
    shutil.copytree(folder, room, symlinks=True, dirs_exist_ok=True, ignore=ignore)


# Whose fault it is.


@contextmanager
def errors_of(template: Template, room: Path) -> Iterator[None]:
    """Turn whatever a render raises into one error that names the template's file and line."""
    try:
        yield
    except FastkitError:
        raise
    except OSError as error:
        if not is_disk_error(error):
            raise template_error(template, error, room) from error
        raise disk_error(error, room.parent) from error
    except Exception as error:
        raise template_error(template, error, room) from error


def template_error(template: Template, error: Exception, room: Path) -> TemplateError:
    file, line = place_of(error, (room / ".template", template.folder))
    return TemplateError(template.name, first_line(error), file=file, line=line)


def place_of(error: Exception, roots: Sequence[Path]) -> tuple[str | None, int | None]:
    """File and line of the template at which rendering stopped: the innermost frame below a root."""
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    named = getattr(error, "filename", None), getattr(error, "lineno", None)
    for filename, line in (named, *reversed(frames)):
        for root in roots:
            if filename and Path(filename).is_relative_to(root):
                return Path(filename).relative_to(root).as_posix(), line
    return None, None


def first_line(error: BaseException) -> str:
    text = getattr(error, "message", None) or str(error) or type(error).__name__
    return str(text).strip().splitlines()[0] if str(text).strip() else type(error).__name__
