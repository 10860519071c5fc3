"""Another version, other answers or other features for a project, merged with what its owner made of it."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from fastkit.catalog import features
from fastkit.catalog.features import Feature
from fastkit.catalog.find import find_template
from fastkit.catalog.questions import Ask, Value
from fastkit.catalog.template import Template
from fastkit.distributions import is_older, read_version
from fastkit.errors import FastkitError, ProjectError, SourceError, UnknownName, UsageError
from fastkit.machine import git
from fastkit.machine.progress import Progress, silently
from fastkit.plan import TO_RENDER, Recipe, check_trust
from fastkit.record import copier_answers
from fastkit.record.baseline import BASELINE
from fastkit.record.local_address import is_local, keep_whereabouts, place_of
from fastkit.record.project_yml import NAMED, RECORD, Record
from fastkit.record.tree import File, Tree
from fastkit.record.write import memory, pristine
from fastkit.rendering.stage import kept, staged
from fastkit.rendering.tasks import Command, migrations, tasks
from fastkit.update.answers import answer_again, with_gone
from fastkit.update.apply import take
from fastkit.update.line_endings import with_owners_line_ends
from fastkit.update.merge import Merge, Scratch, merge, scratch_repository
from fastkit.update.ownership import check_owners
from fastkit.update.past import Known, past_of
from fastkit.update.repository import Repository, committed_file, has_changes, open_repository


@dataclass(frozen=True)
class Wish:
    """What is wanted of an update.

    Attributes:
        address: of another template than the recorded one.
        ref: tag, branch or commit of a git template; its newest tag where empty.
        features: names; None for those that the project has.
        given: answers that are to change, or to new questions.
    """

    address: str = ""
    ref: str = ""
    features: tuple[str, ...] | None = None
    given: Mapping[str, Value] = field(default_factory=dict)
    trust: bool = False


@dataclass(frozen=True)
class Update:
    """An update that is ready to be taken.

    Attributes:
        notes: what its template's author or fastkit has to say about it.
        is_locked: whether the lockfile of the project will fit its requirements.
        lock_problem: why not, where locking it failed.
    """

    project: Path
    record: Record
    recipe: Recipe
    merge: Merge
    notes: tuple[str, ...]
    repository: Repository = field(repr=False)
    scratch: Scratch = field(repr=False)
    wish: Wish = field(default_factory=Wish, repr=False)
    code: "Code" = field(default_factory=lambda: Code())
    is_locked: bool = False
    lock_problem: str = ""

    def take(self) -> None:
        """Put it into the work tree and the index, uncommitted: all of it, or nothing.

        Raises:
            ProjectError: the disk or git refused; the project is as it was.
        """
        take(self.repository, self.scratch, self.merge)
        keep_whereabouts(self.project, self.recipe.template)


@contextmanager
def prepared(
    project: Path,
    wish: Wish,
    ask: Ask | None,
    progress: Progress = silently,
    *,
    looks: bool = False,
    migrated: Record | None = None,
) -> Iterator[Update]:
    """Work out an update without writing anything near the project.

    Args:
        looks: it will not be taken, so that only the last commit matters.
        migrated: the answers, where migrations have begun to change the project.

    Raises:
        ProjectError: the project cannot take an update as it stands.
        UsageError: an answer is missing or breaks a rule.
        TemplateError: the template cannot be rendered.
    """
    remembers = (project / RECORD).is_file()
    repository = open_repository(project, remembers=remembers, looks=looks, migrated=migrated is not None)
    known = Known(wish.address, wish.given, wish.trust)
    past = past_of(repository, known, ask, progress, remembers=remembers)
    record, base = migrated or past.record, past.tree
    template = as_called(repository, newer_template(record, wish, progress), base, wish)
    recipe, notes = recipe_again(project, template, record, wish, ask)
    room = Path(tempfile.gettempdir())
    with staged(recipe, room) as rendered, scratch_repository(repository, room) as scratch:
        new = pristine(recipe, rendered)
        memory = remembered(repository, recipe, base, new, remembers=remembers)
        owners = owners_files(project, recipe, base, new)
        old, coming = with_owners_line_ends(scratch, repository, *keep_owners(owners, base, new))
        found = merge(scratch, repository, old, coming, memory, owners)
        if not looks:
            check_owners(repository, found)
        code = Code() if found.is_empty and not migrated else code_of(recipe, past.record)
        said = (*filter(None, [template.caveat]), *notes_of(template, record), *deleted_notes(found))
        notes = (*past.notes, *notes, *said, *code.left_out)
        yield Update(project, record, recipe, found, notes, repository, scratch, wish, code)


# The template.


def newer_template(record: Record, wish: Wish, progress: Progress = silently) -> Template:
    """
    Raises:
        UsageError: a ref is wanted of a template that has none.
        ProjectError: the template cannot be found from here, or is older than the project.
    """
    address = wish.address or record.address
    hint = f"pass it: `--template {'git+PATH' if record.source == 'git' else 'PATH'}`"
    if not address:
        problem = "was in a folder of one machine, which is not recorded"
        raise ProjectError(f"the template `{record.template}` {problem}", hint)
    try:
        template = find_template(f"{address}@{wish.ref}" if wish.ref else address, progress)
    except (UnknownName, SourceError) as error:
        if wish.address or not is_local(address):
            raise
        problem = f"is not where this clone knows it: {error.message}"
        raise ProjectError(f"the template `{record.template}` {problem}", hint) from error
    check_version(template, record, wish)
    return template


def check_version(template: Template, record: Record, wish: Wish) -> None:
    if wish.ref and template.source != "git":
        raise UsageError(f"`{template.name}` has no refs: it is not from git", "leave `--ref` out")
    named = record.source in NAMED and not wish.address
    if named and is_older(template.version, record.version):
        raise ProjectError(
            f"the project has version {record.version} of `{template.name}`, this fastkit brings "
            f"{template.version}",
            "upgrade fastkit",
        )


def as_called(repository: Repository, template: Template, base: Tree, wish: Wish) -> Template:
    """The template by the address that the project has from copier or from its first day.

    One that is somewhere else on each machine would otherwise have another with each who updates; only
    one that everybody can reach gets another, where that is wanted.
    """
    if wish.address and not is_local(place_of(template)):
        return template
    for file in copier_answers.answers_files(base):
        with suppress(git.GitError, ValueError):
            address = copier_answers.from_text(file, committed_file(repository, file)).address
            return replace(template, origin=replace(template.origin, address=address))
    return template


# The recipe.


def recipe_again(
    project: Path, template: Template, record: Record, wish: Wish, ask: Ask | None
) -> tuple[Recipe, tuple[str, ...]]:
    trusted = check_trust(template, wish.trust, TO_RENDER)
    parts, gone = parts_of(template, record, wish)
    again = answer_again(template, parts, record, wish.given, ask, project=project, trusted=trusted)
    answers = with_gone(template, record.answers, again.answers)
    recipe = Recipe(template, answers, again.name, parts, trusted, project)
    features = [f"`{template.name}` no longer offers the feature `{name}`" for name in gone]
    return recipe, (*features, *again.notes)


def parts_of(template: Template, record: Record, wish: Wish) -> tuple[tuple[Feature, ...], list[str]]:
    """The features that the project is to have, and those of its own that there are no more."""
    if wish.features is not None:
        return features.chosen(template, wish.features), []
    gone = [name for name in record.features if name not in template.features]
    return features.chosen(template, [name for name in record.features if name not in gone]), gone


# The trees.


def remembered(
    repository: Repository, recipe: Recipe, base: Tree, new: Tree, *, remembers: bool
) -> dict[str, File]:
    """The record and the baseline; not the latter where only its compression would differ."""
    files = memory(recipe, new)
    if base == new and remembers:
        files[BASELINE] = File(committed_file(repository, BASELINE))
    return files


def owners_files(project: Path, recipe: Recipe, base: Tree, new: Tree) -> dict[str, bool]:
    """The files that are the owner's once they exist, and whether each of them does."""
    return {path: os.path.lexists(project / path) for path in kept(recipe, {*base, *new})}


def keep_owners(owners: Mapping[str, bool], base: Tree, new: Tree) -> tuple[Tree, Tree]:
    """Both trees without the template's changes to files of the owner; those that are gone come again."""
    gone = {path for path, exists in owners.items() if not exists}
    there = owners.keys() - gone
    kept = {path: base[path] for path in there if path in base and path in new}
    old = {path: file for path, file in base.items() if path not in gone}
    return old, {**{path: file for path, file in new.items() if path not in there}, **kept}


# The template's own code.


@dataclass(frozen=True)
class Code:
    """What runs besides the files.

    Attributes:
        before: migrations that run before the files are put in place.
        after: tasks and migrations that run afterwards.
        left_out: what does not run, as the template is not trusted.
    """

    before: tuple[Command, ...] = ()
    after: tuple[Command, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def commands(self) -> tuple[Command, ...]:
        return (*self.before, *self.after)


def code_of(recipe: Recipe, record: Record) -> Code:
    had = had_version(recipe.template, record) if recipe.template.config.get("_migrations") else ""
    before = migrations(recipe, "before", had)
    after = (*tasks(recipe, "update"), *migrations(recipe, "after", had))
    if recipe.trust:
        return Code(before, after)
    return Code(left_out=tuple(f"left out, as it takes --trust: {c.kind} `{c}`" for c in (*before, *after)))


COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def had_version(template: Template, record: Record) -> str:
    """The version that the project had, as `migrations` takes it; empty where it cannot be told."""
    if not COMMIT.fullmatch(record.ref):
        return record.ref or record.version
    with suppress(FastkitError):
        return find_template(f"{template.address}@{record.ref}").origin.commit  # most often from the cache
    return ""


@contextmanager
def after_migrations(update: Update, before: Mapping[str, Value]) -> Iterator[Update]:
    """The update, worked out anew where migrations have changed the project.

    Args:
        before: copier's answers as they were, which migrations may have changed, too.
    """
    if not has_changes(update.repository):
        yield update
        return
    now = copier_answers.current_answers(update.project)
    changed = {name: value for name, value in now.items() if before.get(name) != value}
    record = replace(update.record, answers={**update.recipe.answers.public, **changed})
    with prepared(update.project, update.wish, None, migrated=record) as again:
        yield replace(again, code=Code(update.code.before, again.code.after))


# What to say.


def notes_of(template: Template, record: Record) -> Iterator[str]:
    """The author's notes on each version after the project's, oldest first."""
    versions = [(version, text) for text in template.notes if (version := read_version(text))]
    for _, text in sorted(versions):
        if is_older(record.version, text) and not is_older(template.version, text):
            yield f"{text}: {template.notes[text]}"


def deleted_notes(found: Merge) -> Iterator[str]:
    for path in found.stays_deleted:
        yield f"`{path}` stays deleted, though the template has changed it"
