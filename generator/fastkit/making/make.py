"""From a plan to a project: rendered, put in place, under git and installed."""

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fastkit.errors import InstallFailed, Interrupted
from fastkit.machine import git
from fastkit.machine.disk import locked
from fastkit.machine.folders import files_below
from fastkit.machine.interrupts import undisturbed
from fastkit.machine.progress import Progress
from fastkit.making.install import install
from fastkit.making.put_in_place import Change, changes, in_place
from fastkit.plan import Plan
from fastkit.record.baseline import BASELINE
from fastkit.record.local_address import save_local_address
from fastkit.record.project_yml import RECORD
from fastkit.record.write import write_record
from fastkit.rendering.stage import kept, staged
from fastkit.rendering.tasks import has_tasks, run_tasks
from fastkit.wording import listed

REMEMBERED = (RECORD, BASELINE)
"""What every update needs."""

SHOWN = 5
"""How many files a note names."""

UNTRUSTED = (
    "the project is not installed: that would run code of the template, which you do not trust yet; "
    "read it and run the steps below, or pass `--trust`"
)


@dataclass(frozen=True)
class Outcome:
    """What was made of a plan.

    Attributes:
        files: with what was done to each.
        left: the commands of the install that are still to run.
        in_git: whether the project begins a repository.
        notes: what was done otherwise than the person might expect.
        trouble: why the install is not done.
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
        TemplateError: the template cannot be rendered, or a task of it failed.
        DestinationError: the files cannot be put in place; the destination is as it was.
        Busy: another run of fastkit works in the destination.
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
    """Go as far as everything can be taken back, which any error does."""
    with made_files(plan, held) as files, own_repository(plan):
        outcome = Outcome(files)
        if has_tasks(plan.recipe):
            return outcome
        outcome = start_git(plan, outcome)
        return outcome if plan.installs else commit(plan, outcome)


def finish(plan: Plan, outcome: Outcome, progress: Progress) -> Outcome:
    if has_tasks(plan.recipe):
        run_tasks(plan.recipe, plan.destination)
        outcome = start_git(plan, outcome)
    save_local_address(plan.destination, plan.recipe.template)
    left, trouble = install_it(plan, progress)
    outcome = replace(outcome, left=left, trouble=trouble)
    if has_tasks(plan.recipe) or plan.installs:
        with undisturbed():
            outcome = commit(plan, outcome)
    return outcome.with_notes(UNTRUSTED) if plan.manager and plan.install and not plan.installs else outcome


def make_files(plan: Plan) -> tuple[Change, ...]:
    """Make the files alone: no task, repository or environment."""
    with ExitStack() as held, made_files(plan, held) as files:
        return files


@contextmanager
def made_files(plan: Plan, held: ExitStack) -> Iterator[tuple[Change, ...]]:
    """Put the files in place; an error in the block takes them back.

    They are staged beside a new destination, but inside of one that exists, as that may be a mount.

    Args:
        held: keeps the lock on the destination.
    """
    exists = plan.destination.is_dir()
    if exists:
        held.enter_context(locked(plan.destination))
    with staged(plan.recipe, plan.destination if exists else plan.destination.parent) as project:
        write_record(plan.recipe, project)
        if not exists:
            held.enter_context(locked(project))
        with in_place(project, plan, kept(plan.recipe, files_below(project))) as files:
            yield files


@contextmanager
def own_repository(plan: Plan) -> Iterator[None]:
    """Remove the repository that is begun in the block if the block fails."""
    folder = plan.destination / ".git"
    is_new = not os.path.lexists(folder)
    try:
        yield
    except BaseException:
        if is_new:
            with undisturbed():
                shutil.rmtree(folder, ignore_errors=True)
        raise


def interrupted(plan: Plan) -> Interrupted:
    manager = plan.manager if plan.installs else None
    install = [manager.typed(step) for step in manager.steps] if manager else []
    steps = [*install, *(("git add --all", "git commit") if plan.git else ())]
    listed = ", ".join(f"`{step}`" for step in steps) or "a look at its files"
    return Interrupted(
        f"interrupted; the project is in `{plan.destination}` already",
        f"finish it there with {listed}, or remove it",
    )


def preview(plan: Plan) -> tuple[Change, ...]:
    """What `make_project` would do to files, without writing anything near the destination."""
    with staged(plan.recipe, Path(tempfile.gettempdir())) as project:
        write_record(plan.recipe, project)
        keep = kept(plan.recipe, files_below(project))
        return changes(project, plan.destination, plan.existing, keep)


def start_git(plan: Plan, outcome: Outcome) -> Outcome:
    """Begin a repository, unless the project already lies in one that does not ignore all of it."""
    if not plan.git:
        return outcome
    if not git.available():
        return outcome.with_notes("git is not installed, so the project is in no repository yet")
    its_own = os.path.lexists(plan.destination / ".git")
    if git.inside_repository(plan.destination):
        ignored = git.ignored(plan.destination, outcome.paths, by_user=False)
        if its_own or len(ignored) < len(outcome.paths):
            without = git.ignored(plan.destination, REMEMBERED)
            return outcome.with_notes(*left_out(without, "the project's repository"))
    elif its_own:
        return outcome.with_notes(f"git cannot use {git.refusal(plan.destination) or 'what is in `.git`'}")
    return begin_repository(plan, outcome)


def begin_repository(plan: Plan, outcome: Outcome) -> Outcome:
    refused = git.refusal(plan.destination)
    try:
        git.start_repository(plan.destination)
    except (git.GitError, OSError) as error:
        shutil.rmtree(plan.destination / ".git", ignore_errors=True)
        return outcome.with_notes(f"git refused to begin a repository: {reason(error)}")
    about = f"the project has a repository of its own, as git cannot use {refused}"
    return replace(outcome.with_notes(*([about] if refused else [])), in_git=True)


def commit(plan: Plan, outcome: Outcome) -> Outcome:
    """Make the first commit: with what an update needs, and the lockfile unless the template ignores it."""
    if not outcome.in_git:
        return outcome
    recipe = plan.recipe
    author = recipe.answers.text("author") or recipe.name
    email = recipe.answers.text("author_email") or f"{recipe.name}@localhost"
    lock = [plan.manager.lockfile] if plan.manager and plan.manager.lockfile else []
    message = f"Start {recipe.name} from {recipe.template.name}"
    try:
        by_template = git.ignored(plan.destination, [*outcome.paths, *lock], by_user=False)
        always = [*REMEMBERED, *(name for name in lock if name not in by_template)]
        missing = git.ignored(plan.destination, outcome.paths) - by_template - {*always}
        known = git.commit(plan.destination, message, author, email, always)
    except (git.GitError, OSError) as error:
        return outcome.with_notes(f"git refused the first commit: {reason(error)}")
    stand_in = f"git does not know you yet, so the first commit is by {author} <{email}>"
    return outcome.with_notes(*left_out(missing, "your git configuration"), *([] if known else [stand_in]))


def reason(error: git.GitError | OSError) -> str:
    return error.problem if isinstance(error, git.GitError) else error.strerror or str(error)


def left_out(paths: Collection[str], whose: str) -> tuple[str, ...]:
    if not paths:
        return ()
    files = listed(sorted(paths), SHOWN)
    return (f"{whose} ignores {files}: commit what the project needs with `git add --force`",)


def install_it(plan: Plan, progress: Progress) -> tuple[tuple[str, ...], InstallFailed | None]:
    """Install; the commands still to run where fastkit may or shall not, or where it did not work."""
    if plan.manager is None:
        return (), None
    left = tuple(map(plan.manager.typed, plan.manager.steps))
    if not plan.installs:
        return left, None
    try:
        with progress(f"Installing with {plan.manager.name}") as report:
            install(plan.manager, plan.destination, report)
    except InstallFailed as error:
        return left, error
    return (), None
