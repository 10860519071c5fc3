"""From a plan to a project: rendered, put in place, under git and installed."""

import os
import shutil
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastkit import git
from fastkit.errors import InstallFailed
from fastkit.install import install
from fastkit.living.baseline import BASELINE
from fastkit.living.record import RECORD
from fastkit.living.remember import remember
from fastkit.place import Change, changes, files_below, put_in_place
from fastkit.plan import Plan
from fastkit.progress import Progress
from fastkit.render import kept, staged
from fastkit.tasks import run_tasks

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


def make_project(plan: Plan, progress: Progress) -> Outcome:
    """Carry out a plan. Once the files are in place, nothing takes them away again.

    Raises:
        TemplateError: the template cannot be rendered, or a task of it failed.
        DestinationError: the files cannot be put in place; the destination is as it was.
    """
    files = make_files(plan)
    run_tasks(plan)
    paths = [change.path for change in files if not change.path.endswith("/")]
    repository, notes = start_git(plan, paths)
    left, trouble = install_it(plan, progress)
    if repository:
        notes += commit(plan, paths)
    if plan.manager and plan.install and not plan.installs:
        notes += (UNTRUSTED,)
    return Outcome(files, left, repository, notes, trouble)


def make_files(plan: Plan) -> tuple[Change, ...]:
    """Stage beside a new destination, but inside one that exists, as that may be a mount."""
    here = plan.destination if plan.destination.is_dir() else plan.destination.parent
    with staged(plan, here) as project:
        remember(plan, project)
        return put_in_place(project, plan, kept(plan, files_below(project)))


def preview(plan: Plan) -> tuple[Change, ...]:
    """What `make_project` would do to files, without writing anything near the destination."""
    with staged(plan, Path(tempfile.gettempdir())) as project:
        remember(plan, project)
        keep = kept(plan, files_below(project))
        return changes(project, plan.destination, plan.existing, keep)


def start_git(plan: Plan, paths: Sequence[str]) -> tuple[bool, tuple[str, ...]]:
    """Begin a repository, unless the project already lies in one that does not ignore all of it."""
    if not plan.git:
        return False, ()
    if not git.available():
        return False, ("git is not installed, so the project is in no repository yet",)
    its_own = os.path.lexists(plan.destination / ".git")
    if git.inside_repository(plan.destination):
        ignored = git.ignored(plan.destination, paths, by_user=False)
        if its_own or len(ignored) < len(paths):
            return False, left_out(git.ignored(plan.destination, REMEMBERED), "the project's repository")
    elif its_own:
        return False, (f"git cannot use {git.refusal(plan.destination) or 'what is in `.git`'}",)
    return begin_repository(plan)


def begin_repository(plan: Plan) -> tuple[bool, tuple[str, ...]]:
    refused = git.refusal(plan.destination)
    try:
        git.start_repository(plan.destination)
    except git.GitError as error:
        shutil.rmtree(plan.destination / ".git", ignore_errors=True)
        return False, (f"git refused to begin a repository: {error}",)
    return True, (f"the project has a repository of its own, as git cannot use {refused}",) if refused else ()


def commit(plan: Plan, paths: Sequence[str]) -> tuple[str, ...]:
    """Make the first commit: with what an update needs, and the lockfile unless the template ignores it."""
    author = plan.answers.text("author") or plan.name
    email = plan.answers.text("author_email") or f"{plan.name}@localhost"
    lock = [plan.manager.lockfile] if plan.manager and plan.manager.lockfile else []
    by_template = git.ignored(plan.destination, [*paths, *lock], by_user=False)
    always = [*REMEMBERED, *(name for name in lock if name not in by_template)]
    missing = git.ignored(plan.destination, paths) - by_template - {*always}
    message = f"Start {plan.name} from {plan.template.name}"
    try:
        known = git.commit(plan.destination, message, author, email, always)
    except git.GitError as error:
        return (f"git refused the first commit: {error}",)
    stand_in = f"git does not know you yet, so the first commit is by {author} <{email}>"
    return (*left_out(missing, "your git configuration"), *([] if known else [stand_in]))


def left_out(paths: Collection[str], whose: str) -> tuple[str, ...]:
    if not paths:
        return ()
    files = ", ".join(f"`{path}`" for path in sorted(paths)[:SHOWN])
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return (f"{whose} ignores {files}{more}: commit with `git add --force` what the project needs",)


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
