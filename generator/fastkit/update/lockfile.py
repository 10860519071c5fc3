"""Locks the requirements that an update changes, before the update is applied.

The package manager runs in a copy of what the project is about to become, beside the project, so that
relative paths in its requirements lead to the same places. The lockfile becomes one more file of the update,
which is put in place and taken back with the others.
"""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from fastkit.catalog.questions import PACKAGE_MANAGER
from fastkit.catalog.trust import may_install
from fastkit.machine import git
from fastkit.machine.disk import temporary_folder
from fastkit.machine.progress import Progress
from fastkit.making.install import run
from fastkit.package_managers import PACKAGE_MANAGERS, PackageManager, Step
from fastkit.update.merge import RESULT
from fastkit.update.prepare import Update
from fastkit.update.repository import Entry, committed_files

REQUIREMENTS = "pyproject.toml"

SECONDS = 180.0
"""After which the locking is left to the owner."""

REGULAR = ("100644", "100755")


class NotLocked(Exception):
    """The text says why."""


def manager_of(update: Update) -> PackageManager | None:
    """The package manager of the project, where the update may change what it has to install."""
    manager = PACKAGE_MANAGERS.get(update.recipe.answers.text(PACKAGE_MANAGER))
    return manager if REQUIREMENTS in update.merge.changed else None


def with_lockfile(update: Update, progress: Progress) -> Update:
    """The update with a lockfile that fits, where the project has one under git.

    The lockfile stays as it is where there are conflicts to settle first, where the template is not trusted,
    and where the package manager fails, as it does without a network.
    """
    manager = manager_of(update)
    step = manager.lock if manager and may_install(update.recipe.template, update.recipe.trust) else None
    if manager is None or step is None or update.merge.conflicts:
        return update
    old = committed_files(update.repository).get(manager.lockfile)
    if old is None or old.mode not in REGULAR or manager.lockfile in update.merge.changed:
        return update
    try:
        content = locked(update, manager, step, progress)
        blob = update.scratch.git("hash-object", "-w", "--stdin", stdin=content).decode().strip()
    except (NotLocked, git.GitError, OSError) as error:
        return replace(
            update, lock_problem=f"`{manager.lockfile}` does not fit yet: `{step}` failed: {error}"
        )
    new = {manager.lockfile: Entry(old.mode, blob)} if blob != old.blob else {}
    return replace(
        update, merge=replace(update.merge, changed={**update.merge.changed, **new}), is_locked=True
    )


def locked(update: Update, manager: PackageManager, step: Step, progress: Progress) -> bytes:
    """The lockfile that the package manager writes for the project as it is about to become.

    Raises:
        NotLocked: it does not write one.
    """
    with (
        progress(f"Locking with {manager.name}") as report,
        temporary_folder(folder_beside(update.project)) as copy,
    ):
        update.scratch.check_out(RESULT, copy)
        tail = run(manager, step, copy, lambda line: None, report, SECONDS)
        if tail is not None:
            raise NotLocked(
                next((line.strip() for line in reversed(tail) if line.strip()), "without a message")
            )
        return (copy / manager.lockfile).read_bytes()


def folder_beside(project: Path) -> Path:
    beside = project.parent
    return beside if os.access(beside, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
