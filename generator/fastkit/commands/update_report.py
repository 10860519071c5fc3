"""The talk about an update, whichever command it came from: what it changes, and what is next."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import typer

from fastkit import console
from fastkit.errors import Interrupted, MergeConflict, TemplateError
from fastkit.machine import git
from fastkit.machine.disk import is_here
from fastkit.package_managers import PackageManager
from fastkit.record.baseline import BASELINE
from fastkit.record.copier_answers import current_answers
from fastkit.record.project_yml import Record, record_of
from fastkit.rendering.tasks import Command, CommandFailed
from fastkit.update.lockfile import manager_of, with_lockfile
from fastkit.update.prepare import Update, after_migrations
from fastkit.update.undo import UNDO

SOMETHING_TO_TAKE = 1
"""The status of a check that finds the project behind its template."""


OUT_OF_REACH = f"`{UNDO}` does not reach what the tasks and migrations of the template did"


@dataclass(frozen=True)
class Manner:
    """How a command was asked to go about it.

    Attributes:
        message: of the commit that is proposed, where it is not about a version.
    """

    check: bool = False
    dry_run: bool = False
    yes: bool = False
    message: str = ""

    @property
    def looks_only(self) -> bool:
        return self.check or self.dry_run

    @property
    def asks(self) -> bool:
        return not (self.looks_only or self.yes)


def settle(update: Update, manner: Manner, title: str) -> None:
    """Show an update and, where that is wanted, take it.

    Raises:
        MergeConflict: it was taken, and left conflicts.
        TemplateError: a command of the template failed.
    """
    taken = not manner.looks_only and not update.merge.is_empty
    if not console.voice.json:
        show(update, manner, title)
    if taken and manner.asks and not console.confirm("Do you want to take these changes?", "--yes"):
        console.say("nothing was changed")
        raise typer.Exit(1)
    if taken:
        with migrated(update) as ready:
            take(with_lockfile(ready, console.progress), manner)
        return
    if console.voice.json:
        console.say_json(as_data(update, manner, taken=False))
    if manner.check and not update.merge.is_empty:
        raise typer.Exit(SOMETHING_TO_TAKE)


def take(update: Update, manner: Manner) -> None:
    put_in_place(update)
    trouble = run(update)
    if console.voice.json:
        console.say_json(as_data(update, manner, taken=True))
    else:
        tell(update, manner)
    if trouble:
        raise trouble
    if update.merge.conflicts:
        raise MergeConflict(list(update.merge.conflicts), UNDO)


def put_in_place(update: Update) -> None:
    try:
        update.take()
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; the update may be in place already, which `git status` shows",
            f"take it back with `{UNDO}`",
        ) from None


# The template's own code.


@contextmanager
def migrated(update: Update) -> Iterator[Update]:
    """The update, worked out anew where migrations that run before it have changed the project."""
    answers = current_answers(update.project)
    try:
        for command in update.code.before:
            run_one(command, update)
    except CommandFailed as failure:
        hint = "no file was updated yet: what this command and those before it did is yours to take back"
        raise failure.explained(update.recipe.template, hint) from failure
    with after_migrations(update, answers) if update.code.before else nullcontext(update) as ready:
        yield ready


def run(update: Update) -> TemplateError | None:
    """Run what follows the files; what failed is told after the rest."""
    try:
        for command in update.code.after:
            run_one(command, update)
    except CommandFailed as failure:
        hint = f"the files are updated and not committed yet: run it and what follows by hand, or `{UNDO}`"
        return failure.explained(update.recipe.template, hint)
    return None


def run_one(command: Command, update: Update) -> None:
    console.say(f"running the {command.kind} `{command}`")
    command.run(update.project)


# Before.


def show(update: Update, manner: Manner, title: str) -> None:
    if update.merge.is_empty:
        say_notes(update)
        console.say(f"up to date: the project has {update.record.label}")
        return
    rows = [(status, path) for path, status in statuses(update).items()]
    console.show_rows(title, ("Change", "File"), rows)
    if manner.dry_run:
        console.show_diff(update.merge.diff)
    say_notes(update)
    if manner.dry_run:
        console.say("dry run: nothing was changed")


def say_notes(update: Update) -> None:
    for note in update.notes:
        console.say(f"note: {note}")
    for command in update.code.commands:
        console.say(f"note: it runs the {command.kind} `{command}`")


def statuses(update: Update) -> dict[str, str]:
    """What happens to each file, sorted by path; the baseline goes without saying."""
    merge = update.merge
    found = {path: status(update, path) for path in {*merge.changed, *merge.conflicts} if path != BASELINE}
    return dict(sorted(found.items()))


def status(update: Update, path: str) -> str:
    merge = update.merge
    if path in merge.conflicts:
        return "conflict"
    if merge.changed[path] is None:
        return "remove"
    return "add" if path in merge.added else "change"


# After.


def tell(update: Update, manner: Manner) -> None:
    count = len(statuses(update))
    files = "1 file has" if count == 1 else f"{count} files have"
    console.say(f"\n{files} changed, and nothing is committed yet", "bold green")
    for path in update.merge.conflicts:
        console.say(f"conflict: {path} ({update.merge.kind(path)})")
    if update.lock_problem:
        console.say(f"note: {update.lock_problem}")
    console.show_commands("Next steps", next_steps(update, manner))
    console.show_commands("To take all of it back", [UNDO])
    if update.code.commands:
        console.say(f"\nnote: {OUT_OF_REACH}")


def next_steps(update: Update, manner: Manner) -> list[str]:
    there = [] if is_here(update.project) else [["cd", console.relative(update.project)]]
    add = [["git", "add", "--all", "--", "."]] if update.code.commands and not update.merge.conflicts else []
    look = ["git", "diff", "--staged", "--", "."]
    steps = [console.as_command(words) for words in (*there, *add, look)]
    if manager := manager_of(update):
        steps += lock_steps(update, manager)
        steps += map(manager.typed, manager.steps)
    message = manner.message or f"Take {record_of(update.recipe).label}"
    return [*steps, console.as_command(["git", "commit", "-m", message])]


def lock_steps(update: Update, manager: PackageManager) -> list[str]:
    """What keeps a lockfile that does not fit out of the commit."""
    if update.is_locked or manager.lock is None:
        return []
    is_ignored = git.ignored(update.project, [manager.lockfile])
    return [manager.typed(manager.lock), *([] if is_ignored else [f"git add {manager.lockfile}"])]


def as_data(update: Update, manner: Manner, *, taken: bool) -> dict[str, Any]:
    return {
        "project": str(update.project),
        "from": version_data(update.record),
        "to": version_data(record_of(update.recipe)),
        "up_to_date": update.merge.is_empty,
        "taken": taken,
        "files": [{"path": path, "status": status} for path, status in statuses(update).items()],
        "conflicts": [{"path": path, "kind": update.merge.kind(path)} for path in update.merge.conflicts],
        "notes": [note for note in (*update.notes, update.lock_problem) if note],
        "code": [{"kind": command.kind, "command": str(command)} for command in update.code.commands],
        "diff": update.merge.diff,
        "next": next_steps(update, manner) if taken else [],
        "undo": UNDO,
    }


def version_data(record: Record) -> dict[str, Any]:
    return {
        "template": record.template,
        "version": record.version,
        "ref": record.ref,
        "features": record.features,
    }
