"""Shows an update, applies it where the user wants that, and reports it, for every command that updates."""

from dataclasses import dataclass
from typing import Any

import typer

from fastkit import console
from fastkit.catalog.questions import Ask
from fastkit.commands.update_code import migrated, run_after
from fastkit.errors import Interrupted, MergeConflict
from fastkit.machine import git
from fastkit.machine.disk import is_here
from fastkit.machine.shell import as_command, relative
from fastkit.package_managers import PackageManager
from fastkit.record.baseline import BASELINE
from fastkit.record.project_yml import Record
from fastkit.update.lockfile import manager_of, with_lockfile
from fastkit.update.prepare import Update
from fastkit.update.undo import UNDO

UPDATE_AVAILABLE = 1
"""The status of a check that finds the project behind its template."""

OUT_OF_REACH = f"`{UNDO}` does not reach what the tasks and migrations of the template did"


@dataclass(frozen=True)
class Options:
    """How a command was called.

    Attributes:
        message: of the commit that is proposed, where it is not about a version.
    """

    check: bool = False
    dry_run: bool = False
    yes: bool = False
    message: str = ""
    as_json: bool = False

    @property
    def read_only(self) -> bool:
        return self.check or self.dry_run

    @property
    def ask(self) -> Ask | None:
        return None if self.read_only or self.yes else console.ask


def show_and_apply(update: Update, options: Options) -> None:
    """
    Raises:
        MergeConflict: the update was applied, and left conflicts.
        TemplateError: a command of the template failed.
    """
    if not options.as_json:
        show(update, options)
    if options.read_only or update.merge.is_empty:
        if options.as_json:
            console.say_json(as_data(update, options, applied=False))
        if options.check and not update.merge.is_empty:
            raise typer.Exit(UPDATE_AVAILABLE)
        return
    if options.ask and not console.confirm("Do you want to apply these changes?", "--yes"):
        console.say("nothing was changed")
        raise typer.Exit(1)
    with migrated(update) as ready:
        apply(with_lockfile(ready, console.progress), options)


def apply(update: Update, options: Options) -> None:
    put_in_place(update)
    trouble = run_after(update)
    if options.as_json:
        console.say_json(as_data(update, options, applied=True))
    else:
        report(update, options)
    if trouble:
        raise trouble
    if update.merge.conflicts:
        raise MergeConflict(list(update.merge.conflicts), UNDO)


def put_in_place(update: Update) -> None:
    try:
        update.apply()
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; the update may be in place already, which `git status` shows",
            f"take it back with `{UNDO}`",
        ) from None


# Before.


def show(update: Update, options: Options) -> None:
    if update.merge.is_empty:
        say_notes(update)
        console.say(f"up to date: the project has {update.record.label}")
        return
    title = options.message or f"{update.record.label} -> {update.new_record.label}"
    rows = [(status, path) for path, status in statuses(update).items()]
    console.show_rows(title, ("Change", "File"), rows)
    if options.dry_run:
        console.show_diff(update.merge.diff)
    say_notes(update)
    if options.dry_run:
        console.say("dry run: nothing was changed")


def say_notes(update: Update) -> None:
    for note in update.notes:
        console.say(f"note: {note}")
    for command in update.code.commands:
        console.say(f"note: it runs the {command.kind} `{command}`")


def statuses(update: Update) -> dict[str, str]:
    """What happens to each file, sorted by path, without the baseline."""
    return {path: status(update, path) for path in update.merge.touched if path != BASELINE}


def status(update: Update, path: str) -> str:
    merge = update.merge
    if path in merge.conflicts:
        return "conflict"
    if merge.changed[path] is None:
        return "remove"
    return "add" if path in merge.added else "change"


# After.


def report(update: Update, options: Options) -> None:
    count = len(statuses(update))
    files = "1 file has" if count == 1 else f"{count} files have"
    console.say(f"\n{files} changed, and nothing is committed yet", "bold green")
    for path in update.merge.conflicts:
        console.say(f"conflict: {path} ({update.merge.kind(path)})")
    if update.lock_problem:
        console.say(f"note: {update.lock_problem}")
    console.show_commands("Next steps", next_steps(update, options))
    console.show_commands("To take all of it back", [UNDO])
    if update.code.commands:
        console.say(f"\nnote: {OUT_OF_REACH}")


def next_steps(update: Update, options: Options) -> list[str]:
    go = [] if is_here(update.project) else [["cd", relative(update.project)]]
    add = [["git", "add", "--all", "--", "."]] if update.code.commands and not update.merge.conflicts else []
    look = ["git", "diff", "--staged", "--", "."]
    steps = [as_command(words) for words in (*go, *add, look)]
    if manager := manager_of(update):
        steps += lock_steps(update, manager)
        steps += map(manager.typed, manager.steps)
    message = options.message or f"Take {update.new_record.label}"
    return [*steps, as_command(["git", "commit", "-m", message])]


def lock_steps(update: Update, manager: PackageManager) -> list[str]:
    """The steps that bring a fitting lockfile into the commit."""
    if update.is_locked or manager.lock is None:
        return []
    is_ignored = git.ignored(update.project, [manager.lockfile])
    return [manager.typed(manager.lock), *([] if is_ignored else [f"git add {manager.lockfile}"])]


def as_data(update: Update, options: Options, *, applied: bool) -> dict[str, Any]:
    return {
        "project": str(update.project),
        "from": version_data(update.record),
        "to": version_data(update.new_record),
        "up_to_date": update.merge.is_empty,
        "taken": applied,
        "files": [{"path": path, "status": status} for path, status in statuses(update).items()],
        "conflicts": [{"path": path, "kind": update.merge.kind(path)} for path in update.merge.conflicts],
        "notes": [note for note in (*update.notes, update.lock_problem) if note],
        "code": [{"kind": command.kind, "command": str(command)} for command in update.code.commands],
        "diff": update.merge.diff,
        "next": next_steps(update, options) if applied else [],
        "undo": UNDO,
    }


def version_data(record: Record) -> dict[str, Any]:
    return {
        "template": record.template,
        "version": record.version,
        "ref": record.ref,
        "features": record.features,
    }
