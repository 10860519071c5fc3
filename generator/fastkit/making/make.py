"""From a plan to a project: rendered, put in place, under git and installed."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fastkit.errors import InstallFailed, Interrupted
from fastkit.machine.disk import locked
from fastkit.machine.folders import files_below
from fastkit.machine.interrupts import undisturbed
from fastkit.machine.progress import Progress
from fastkit.making.install import install
from fastkit.making.put_in_place import Change, changes, put_in_place, taken_back_on_error
from fastkit.making.repository import commit, start_git
from fastkit.plan import Plan
from fastkit.record.local_address import save_local_address
from fastkit.record.project_yml import RECORD
from fastkit.record.write import write_record
from fastkit.rendering.settings import kept
from fastkit.rendering.stage import staged
from fastkit.rendering.tasks import has_tasks, run_tasks

UNTRUSTED = (
    "the project is not installed: that would run code of the template, which you do not trust yet; "
    "read it and run the steps below, or pass `--trust`"
)


@dataclass(frozen=True)
class Outcome:
    """What was made of a plan.

    Attributes:
        files: what was done with each.
        left: the commands of the install that are still to run.
        in_git: whether the project has a repository of its own, in which it is to be committed.
        notes: anything that did not go as usual.
        trouble: why the project is not installed.
    """

    files: tuple[Change, ...]
    left: tuple[str, ...] = ()
    in_git: bool = False
    notes: tuple[str, ...] = ()
    trouble: InstallFailed | None = None

    @property
    def paths(self) -> list[str]:
        return [change.path for change in self.files if not change.path.endswith("/")]

    def with_notes(self, *notes: str) -> "Outcome":
        return replace(self, notes=(*self.notes, *notes))


def make_project(plan: Plan, progress: Progress) -> Outcome:
    """Carry out a plan. Once tasks or the install begin, nothing takes the files away again.

    Raises:
        TemplateError: the template cannot be rendered, or one of its tasks failed.
        DestinationError: the files cannot be put in place; the destination is as it was.
        Busy: another fastkit is running in the destination.
        Interrupted: a signal came when the files could not be taken back any more.
    """
    record = plan.destination / RECORD
    begun = False
    before = record.exists()
    with ExitStack() as held:
        try:
            outcome = begin(plan, held)
            begun = True
            return finish(plan, outcome, progress)
        except KeyboardInterrupt:
            if begun or (record.exists() and not before):
                raise interrupted(plan) from None
            raise


def begin(plan: Plan, held: ExitStack) -> Outcome:
    """Go as far as everything can be taken back, which any error does.

    Args:
        held: keeps the lock on the destination.
    """
    with staged_project(plan, held) as project, taken_back_on_error(project, plan.destination) as moves:
        outcome = Outcome(put_in_place(moves, plan, kept(plan.recipe, files_below(project))))
        if has_tasks(plan.recipe):
            return outcome
        outcome = under_git(plan, outcome)
        return outcome if plan.installs else committed(plan, outcome)


def finish(plan: Plan, outcome: Outcome, progress: Progress) -> Outcome:
    if has_tasks(plan.recipe):
        run_tasks(plan.recipe, plan.destination)
        outcome = under_git(plan, outcome)
    save_local_address(plan.destination, plan.recipe.template)
    outcome = installed(plan, outcome, progress)
    if has_tasks(plan.recipe) or plan.installs:
        with undisturbed():
            outcome = committed(plan, outcome)
    return outcome.with_notes(UNTRUSTED) if plan.manager and plan.install and not plan.installs else outcome


@contextmanager
def staged_project(plan: Plan, held: ExitStack) -> Iterator[Path]:
    """The rendered project with its record: beside a new destination, inside of one that may be a mount."""
    exists = plan.destination.is_dir()
    if exists:
        held.enter_context(locked(plan.destination))
    with staged(plan.recipe, plan.destination if exists else plan.destination.parent) as project:
        write_record(plan.recipe, project)
        if not exists:
            held.enter_context(locked(project))
        yield project


def under_git(plan: Plan, outcome: Outcome) -> Outcome:
    in_git, notes = start_git(plan, outcome.paths)
    return replace(outcome.with_notes(*notes), in_git=in_git)


def committed(plan: Plan, outcome: Outcome) -> Outcome:
    return outcome.with_notes(*commit(plan, outcome.paths)) if outcome.in_git else outcome


def installed(plan: Plan, outcome: Outcome, progress: Progress) -> Outcome:
    """Install; `left` are the commands to run where fastkit may or should not, or where it failed."""
    if plan.manager is None:
        return outcome
    left = tuple(map(plan.manager.typed, plan.manager.steps))
    if not plan.installs:
        return replace(outcome, left=left)
    try:
        with progress(f"Installing with {plan.manager.name}") as report:
            install(plan.manager, plan.destination, report)
    except InstallFailed as error:
        return replace(outcome, left=left, trouble=error)
    return outcome


def interrupted(plan: Plan) -> Interrupted:
    manager = plan.manager if plan.installs else None
    install = [manager.typed(step) for step in manager.steps] if manager else []
    steps = [*install, *(("git add --all", "git commit") if plan.git else ())]
    typed = ", ".join(f"`{step}`" for step in steps)
    return Interrupted(
        f"interrupted, but the project is already in `{plan.destination}`",
        f"finish it there with {typed}, or remove it" if typed else "look at its files, or remove it",
    )


def preview(plan: Plan) -> tuple[Change, ...]:
    """What `make_project` would do to files, without writing anything near the destination."""
    with staged(plan.recipe, Path(tempfile.gettempdir())) as project:
        write_record(plan.recipe, project)
        keep = kept(plan.recipe, files_below(project))
        return changes(project, plan.destination, plan.existing, keep)
