"""Tasks and migrations: commands that a trusted template runs in a project.

Source: https://copier.readthedocs.io/en/stable/configuring/#tasks and #migrations
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fastkit.answering.survey import to_bool
from fastkit.catalog.code import as_typed
from fastkit.catalog.template import Template
from fastkit.computing.texts import RenderError, Unset
from fastkit.distributions import read_version
from fastkit.errors import TemplateError
from fastkit.machine import git
from fastkit.plan import Recipe
from fastkit.rendering.settings import context_of, sandbox_of

if TYPE_CHECKING:
    from packaging.version import Version

Operation = Literal["copy", "update"]

Stage = Literal["before", "after"]

DESCRIBED = re.compile(r"(?P<tag>.+)-(?P<later>\d+)-g(?P<commit>[0-9a-f]+)")
"""What `git describe` prints for a commit after a tag."""


@dataclass(frozen=True)
class Entry:
    """One command as the template writes it.

    Attributes:
        words: a line for the shell, or a program with its arguments.
        when: the condition, a template like the words.
        folder: where it runs, relative to the project.
        known: more names that it can use; `_stage` is `stage` here.
    """

    kind: Literal["task", "migration"]
    words: str | Sequence[Any]
    when: Any = True
    folder: str = "."
    known: Mapping[str, Any] = field(default_factory=dict)

    @property
    def phase(self) -> str:
        return "tasks" if self.kind == "task" else "migrate"

    @property
    def setting(self) -> str:
        return f"_{self.kind}s"


@dataclass(frozen=True)
class Command:
    """One command as it runs.

    Attributes:
        variables: added to the environment.
    """

    kind: str
    words: str | tuple[str, ...]
    folder: str
    variables: Mapping[str, str] = field(repr=False)

    def __str__(self) -> str:
        return as_typed(self.words if isinstance(self.words, str) else [*self.words])

    def run(self, project: Path) -> None:
        """Run it in a project; what it prints goes to stderr, since stdout may be JSON.

        Raises:
            CommandFailed: it cannot be run, or fails.
        """
        sys.stdout.flush()
        try:
            status = subprocess.run(
                self.words,
                shell=isinstance(self.words, str),
                cwd=project / self.folder,
                env={**git.clean_environment(), **self.variables},
                stdout=2,
                check=False,
            ).returncode
        except OSError as error:
            raise CommandFailed(self, f"cannot be run: {error.strerror or error}") from error
        if status:
            raise CommandFailed(self, f"ended with status {status}")


class CommandFailed(Exception):
    def __init__(self, command: Command, problem: str) -> None:
        super().__init__(problem)
        self.command = command
        self.problem = problem

    def explained(self, template: Template, hint: str) -> TemplateError:
        file, line = template.place(f"_{self.command.kind}s")
        problem = f"the {self.command.kind} `{self.command}` {self.problem}"
        return TemplateError(template.name, problem, file=file, line=line, hint=hint)


def has_tasks(recipe: Recipe) -> bool:
    return bool(recipe.template.config.get("_tasks"))


def run_tasks(recipe: Recipe, project: Path) -> None:
    """Run the tasks of a trusted template in a project that was just made.

    Raises:
        TemplateError: a task failed; what it did is not undone.
    """
    try:
        for command in tasks(recipe, "copy"):
            command.run(project)
    except CommandFailed as failure:
        hint = f"`{project}` is complete except for the tasks: run the rest by hand"
        raise failure.explained(recipe.template, hint) from failure


def tasks(recipe: Recipe, operation: Operation) -> tuple[Command, ...]:
    """The tasks whose condition is true.

    Raises:
        TemplateError: one cannot be rendered.
    """
    found = [task_of(entry) for entry in recipe.template.config.get("_tasks") or ()]
    return tuple(commands(recipe, found, operation))


def task_of(entry: Any) -> Entry:
    known = {"stage": "task"}
    if not isinstance(entry, dict):
        return Entry("task", entry, known=known)
    return Entry(
        "task", entry["command"], entry.get("when", True), entry.get("working_directory", "."), known
    )


def migrations(recipe: Recipe, stage: Stage, before: str) -> tuple[Command, ...]:
    """The migrations from the project's version whose condition is true.

    Args:
        before: the project's version, or what `git describe` prints for its commit.

    Raises:
        TemplateError: one cannot be rendered.
    """
    after = recipe.template.origin.commit or recipe.template.version
    old, new = version_of(before), version_of(after)
    if old is None or new is None:
        return ()
    known = {
        "stage": stage,
        "version_from": before,
        "version_to": after,
        "version_pep440_from": old,
        "version_pep440_to": new,
    }
    found = [
        migration
        for entry in recipe.template.config.get("_migrations") or ()
        for migration in migrations_of(entry, stage, known, recipe.template.envops)
    ]
    return tuple(commands(recipe, found, "update"))


def migrations_of(
    entry: Any, stage: Stage, known: Mapping[str, Any], envops: Mapping[str, Any]
) -> Iterator[Entry]:
    """The commands of an entry, in any of copier's forms, that belong to this update."""
    if not isinstance(entry, dict):
        entry = {"command": entry}
    if "version" in entry:
        current = version_of(str(entry["version"]))
        if current is None or not known["version_pep440_to"] >= current > known["version_pep440_from"]:
            return
        known = {**known, "version_current": entry["version"], "version_pep440_current": current}
    if "command" not in entry:  # as they were written before copier 9.3
        yield from (Entry("migration", words, known=known) for words in entry.get(stage) or ())
        return
    start, end = envops.get("variable_start_string", "{{"), envops.get("variable_end_string", "}}")
    when = entry.get("when", f"{start} _stage == 'after' {end}")
    yield Entry("migration", entry["command"], when, entry.get("working_directory", "."), known)


def version_of(described: str) -> "Version | None":
    """The version that copier gives a commit, also between two releases; None if there is none."""
    if found := DESCRIBED.fullmatch(described):
        return read_version(f"{found['tag']}.post{found['later']}.dev0+{found['commit']}")
    if re.fullmatch(r"[0-9a-f]{7,64}", described):  # before any release
        return read_version(f"0.0.0.post1.dev0+{described}")
    return read_version(described)


# As they run.


def commands(recipe: Recipe, entries: Sequence[Entry], operation: Operation) -> Iterator[Command]:
    answers = context_of(recipe) if entries else {}
    told = {**recipe.template.origin.names, **recipe.answers.public}
    for entry in entries:
        own = {**{f"_{name}": value for name, value in entry.known.items()}, "_copier_operation": operation}
        render = partial(rendered, recipe, entry, {**answers, "_copier_answers": told, **own})
        if to_bool(render(entry.when)):
            variables = {name[1:].upper(): str(value) for name, value in own.items()}
            words = render(entry.words) if isinstance(entry.words, str) else tuple(map(render, entry.words))
            yield Command(entry.kind, words, render(entry.folder), variables)


def rendered(recipe: Recipe, entry: Entry, context: Mapping[str, Any], part: Any) -> Any:
    """A part of a command, rendered if it is text."""
    if isinstance(part, bool):
        return part
    try:
        return sandbox_of(recipe).render(str(part), context, entry.phase)
    except (RenderError, Unset) as error:
        file, line = recipe.template.place(entry.setting)
        problem = f"a {entry.kind} cannot be rendered: {error}"
        raise TemplateError(recipe.template.name, problem, file=file, line=line) from error
