"""The talk about an update, whichever command it came from: what it changes, and what is next."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from fastkit import console, git
from fastkit.errors import Interrupted, MergeConflict
from fastkit.living.baseline import BASELINE
from fastkit.living.lockfile import manager_of, with_lockfile
from fastkit.living.record import Record, record_of
from fastkit.living.undo import UNDO
from fastkit.living.update import Update
from fastkit.package_managers import PackageManager

SOMETHING_TO_TAKE = 1
"""The status of a check that finds the project behind its template."""


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
    """
    taken = not manner.looks_only and not update.merge.is_empty
    if not console.voice.json:
        show(update, manner, title)
    if taken and manner.asks and not console.confirm("Do you want to take these changes?", "--yes"):
        console.say("nothing was changed")
        raise typer.Exit(1)
    if taken:
        update = with_lockfile(update, console.progress)
        take(update)
    if console.voice.json:
        console.say_json(as_data(update, manner, taken=taken))
    elif taken:
        tell(update, manner)
    if taken and update.merge.conflicts:
        raise MergeConflict(list(update.merge.conflicts), UNDO)
    if manner.check and not update.merge.is_empty:
        raise typer.Exit(SOMETHING_TO_TAKE)


def take(update: Update) -> None:
    try:
        update.take()
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; the update may be in place already, which `git status` shows",
            f"take it back with `{UNDO}`",
        ) from None


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


def next_steps(update: Update, manner: Manner) -> list[str]:
    there = [] if update.project == Path.cwd() else [["cd", console.relative(update.project)]]
    steps = [console.as_command(words) for words in (*there, ["git", "diff", "--staged", "--", "."])]
    if manager := manager_of(update):
        steps += lock_steps(update, manager)
        steps += map(manager.typed, manager.steps)
    message = manner.message or f"Take {record_of(update.plan).label}"
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
        "to": version_data(record_of(update.plan)),
        "up_to_date": update.merge.is_empty,
        "taken": taken,
        "files": [{"path": path, "status": status} for path, status in statuses(update).items()],
        "conflicts": [{"path": path, "kind": update.merge.kind(path)} for path in update.merge.conflicts],
        "notes": [note for note in (*update.notes, update.lock_problem) if note],
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
