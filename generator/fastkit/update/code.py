"""The template's own code that runs with an update: its tasks and migrations."""

import re
from contextlib import suppress
from dataclasses import dataclass

from fastkit.catalog.find import find_template
from fastkit.catalog.template import Template
from fastkit.errors import FastkitError
from fastkit.plan import Recipe
from fastkit.record.project_yml import Record
from fastkit.rendering.tasks import Command, migrations, tasks

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True)
class Code:
    """
    Attributes:
        before: migrations that run before the files are put in place.
        after: tasks and migrations that run afterwards.
        left_out: notes on what does not run, as the template is not trusted.
    """

    before: tuple[Command, ...] = ()
    after: tuple[Command, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def commands(self) -> tuple[Command, ...]:
        return (*self.before, *self.after)


def code_of(recipe: Recipe, record: Record) -> Code:
    """The code that takes a project from its recorded version to that of the recipe."""
    old = old_version(recipe.template, record) if recipe.template.config.get("_migrations") else ""
    before = migrations(recipe, "before", old)
    after = (*tasks(recipe, "update"), *migrations(recipe, "after", old))
    if recipe.trust:
        return Code(before, after)
    return Code(left_out=tuple(f"left out, as it needs --trust: {c.kind} `{c}`" for c in (*before, *after)))


def old_version(template: Template, record: Record) -> str:
    """The recorded version, as `migrations` takes it; empty where it is unknown."""
    if not COMMIT.fullmatch(record.ref):
        return record.ref or record.version
    with suppress(FastkitError):
        return find_template(f"{template.address}@{record.ref}").origin.commit  # most often from the cache
    return ""
