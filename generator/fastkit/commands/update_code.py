"""Runs the template's own code with an update: migrations before and after the files, tasks after them."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastkit import console
from fastkit.errors import TemplateError
from fastkit.record.copier_answers import current_answers
from fastkit.rendering.tasks import Command, CommandFailed
from fastkit.update.prepare import Update, after_migrations
from fastkit.update.undo import UNDO


@contextmanager
def migrated(update: Update) -> Iterator[Update]:
    """The update, worked out anew where migrations that run before it have changed the project."""
    if not update.code.before:
        yield update
        return
    answers = current_answers(update.project)
    hint = "no file was updated yet: undo by hand what this command and those before it did"
    if trouble := run_each(update.code.before, update, hint):
        raise trouble
    with after_migrations(update, answers) as ready:
        yield ready


def run_after(update: Update) -> TemplateError | None:
    """Run what follows the files; the error is for after the report."""
    hint = f"the files are updated and not committed yet: run it and what follows by hand, or `{UNDO}`"
    return run_each(update.code.after, update, hint)


def run_each(commands: tuple[Command, ...], update: Update, hint: str) -> TemplateError | None:
    try:
        for command in commands:
            console.say(f"running the {command.kind} `{command}`")
            command.run(update.project)
    except CommandFailed as failure:
        return failure.explained(update.recipe.template, hint)
    return None
