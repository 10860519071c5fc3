"""The repository that a new project begins, and its first commit."""

import os
import shutil
from collections.abc import Collection, Sequence

from fastkit.machine import git
from fastkit.plan import Plan
from fastkit.record.baseline import BASELINE
from fastkit.record.project_yml import RECORD
from fastkit.wording import listed

RECORDED = (RECORD, BASELINE)
"""The files that every update needs."""

Notes = tuple[str, ...]


def start_git(plan: Plan, paths: Sequence[str]) -> tuple[bool, Notes]:
    """Begin a repository, unless the project is already in one that does not ignore all of it.

    Returns:
        whether the project has a repository of its own now, and what the user should know.
    """
    project = plan.destination
    if not plan.git:
        return False, ()
    if not git.available():
        return False, ("git is not installed, so the project is in no repository yet",)
    has_one = os.path.lexists(project / ".git")
    if git.inside_repository(project):
        if has_one or len(git.ignored(project, paths, by_user=False)) < len(paths):
            return False, note_on_ignored(git.ignored(project, RECORDED), "the project's repository")
    elif has_one:
        return False, (f"git cannot use {git.refusal(project) or 'what is in `.git`'}",)
    return begin_repository(plan)


def begin_repository(plan: Plan) -> tuple[bool, Notes]:
    refused = git.refusal(plan.destination)
    try:
        git.start_repository(plan.destination)
    except (git.GitError, OSError) as error:
        shutil.rmtree(plan.destination / ".git", ignore_errors=True)
        return False, (f"git refused to begin a repository: {reason(error)}",)
    about = f"the project has a repository of its own, as git cannot use {refused}"
    return True, ((about,) if refused else ())


def commit(plan: Plan, paths: Sequence[str]) -> Notes:
    """Make the first commit, with the record, and with the lockfile unless the template ignores it."""
    recipe, project = plan.recipe, plan.destination
    author = recipe.answers.text("author") or recipe.name
    email = recipe.answers.text("author_email") or f"{recipe.name}@localhost"
    lock = [plan.manager.lockfile] if plan.manager and plan.manager.lockfile else []
    message = f"Start {recipe.name} from {recipe.template.name}"
    try:
        by_template = git.ignored(project, [*paths, *lock], by_user=False)
        always = [*RECORDED, *(name for name in lock if name not in by_template)]
        missing = git.ignored(project, paths) - by_template - {*always}
        knows_user = git.commit(project, message, author, email, always)
    except (git.GitError, OSError) as error:
        return (f"git refused the first commit: {reason(error)}",)
    stand_in = f"git does not know you yet, so the first commit is by {author} <{email}>"
    return (*note_on_ignored(missing, "your git configuration"), *(() if knows_user else (stand_in,)))


def reason(error: git.GitError | OSError) -> str:
    return error.problem if isinstance(error, git.GitError) else error.strerror or str(error)


def note_on_ignored(paths: Collection[str], whose: str) -> Notes:
    if not paths:
        return ()
    files = listed(sorted(paths))
    return (f"{whose} ignores {files}: commit with `git add --force` what the project needs",)
