"""Works out an update: another version, answers or features, merged with the changes of the owner."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from fastkit.catalog import features
from fastkit.catalog.find import find_template
from fastkit.catalog.migrations import is_migration
from fastkit.catalog.questions import PACKAGE_MANAGER, Ask, Value
from fastkit.catalog.template import Template
from fastkit.distributions import is_older, read_version
from fastkit.errors import ProjectError, SourceError, UnknownName, UsageError
from fastkit.machine import git
from fastkit.machine.progress import Progress, silently
from fastkit.package_managers import PACKAGE_MANAGERS
from fastkit.plan import Recipe
from fastkit.record import copier_answers
from fastkit.record.baseline import BASELINE
from fastkit.record.local_address import address_here, is_local, save_local_address
from fastkit.record.project_yml import NAMED, Record, record_of
from fastkit.record.tree import File, Tree
from fastkit.record.write import record_files, rendered_tree
from fastkit.rendering.settings import kept
from fastkit.update.apply import put_in_place
from fastkit.update.built_in import with_built_in
from fastkit.update.code import Code, code_of
from fastkit.update.line_endings import with_owners_line_ends
from fastkit.update.merge import Merge, Scratch, merge, scratch_repository
from fastkit.update.migrations import with_migrations
from fastkit.update.recipe import recipe_for
from fastkit.update.refusals import check_owners
from fastkit.update.repository import Repository, committed_file, has_changes, open_repository
from fastkit.update.request import Request, at_ref
from fastkit.update.starting_point import starting_point


@dataclass(frozen=True)
class Update:
    """An update that is ready to be applied.

    Attributes:
        record: of the project as it is.
        notes: for the user, by the template's author or by fastkit.
        is_locked: whether the lockfile of the project will fit its requirements.
        lock_problem: why not, where locking it failed.
    """

    record: Record
    recipe: Recipe
    merge: Merge
    notes: tuple[str, ...]
    repository: Repository = field(repr=False)
    scratch: Scratch = field(repr=False)
    request: Request = field(default_factory=Request, repr=False)
    code: Code = field(default_factory=Code)
    is_locked: bool = False
    lock_problem: str = ""

    @property
    def project(self) -> Path:
        return self.repository.project

    @property
    def new_record(self) -> Record:
        return record_of(self.recipe)

    def apply(self) -> None:
        """Change the working tree and the index, uncommitted: all of it, or nothing.

        Raises:
            ProjectError: the disk or git refused; the project is as it was.
        """
        put_in_place(self.repository, self.scratch, self.merge)
        save_local_address(self.project, self.recipe.template)


@contextmanager
def prepared(
    project: Path,
    request: Request,
    ask: Ask | None,
    progress: Progress = silently,
    *,
    read_only: bool = False,
    migrated: Record | None = None,
) -> Iterator[Update]:
    """Work out an update without writing anything near the project.

    Args:
        read_only: the update will not be applied, so that only the last commit matters.
        migrated: the record with the answers that migrations have set, once they have changed the project.

    Raises:
        ProjectError: the project cannot be updated as it stands.
        UsageError: an answer is missing or breaks a rule.
        TemplateError: the template cannot be rendered.
    """
    repository = open_repository(project, read_only=read_only, migrated=migrated is not None)
    start = starting_point(repository, request, ask, progress)
    template = newer_template(migrated or start.record, request, progress)
    record, built_in_notes = with_built_in(template, migrated or start.record)
    template = with_known_address(repository, template, start.tree, request)
    recipe, answer_notes = newer_recipe(project, template, record, request, ask)
    new = rendered_tree(recipe)
    manager = PACKAGE_MANAGERS.get(str(recipe.answers.values.get(PACKAGE_MANAGER)))
    alembic = manager.run("alembic") if manager else "alembic"
    recipe, grown = with_migrations(
        recipe, record, project, alembic, drop=request.drop, forget=request.forget
    )
    known = new if request.forget else start.tree
    base = {path: file for path, file in known.items() if not is_migration(template, path)}
    files = {**record_files(recipe, new), **grown}
    if repository.has_record and new == start.tree:  # only the compression could differ
        files[BASELINE] = File(committed_file(repository, BASELINE))
    with scratch_repository(repository) as scratch:
        found = merged(repository, scratch, recipe, base, new, files)
        if not read_only:
            check_owners(repository, found)
        code = Code() if found.is_empty and not migrated else code_of(recipe, start.record)
        about = notes_of(template, start.record, found)
        notes = (*start.notes, *built_in_notes, *answer_notes, *about, *code.left_out)
        yield Update(record, recipe, found, notes, repository, scratch, request, code)


# The template and its recipe.


def newer_template(record: Record, request: Request, progress: Progress = silently) -> Template:
    """
    Raises:
        UsageError: the request has a ref, but the template has none.
        ProjectError: the template cannot be found from here, or is older than the project.
    """
    address = request.address or record.address
    hint = f"pass it: `--template {'git+PATH' if record.source == 'git' else 'PATH'}`"
    if not address:
        problem = "was in a folder of one machine, which is not recorded"
        raise ProjectError(f"the template `{record.template}` {problem}", hint)
    try:
        template = find_template(at_ref(address, request.ref), progress)
    except (UnknownName, SourceError) as error:
        if request.address or not is_local(address):
            raise
        problem = f"is not where this clone last found it: {error.message}"
        raise ProjectError(f"the template `{record.template}` {problem}", hint) from error
    check_version(template, record, request)
    return template


def check_version(template: Template, record: Record, request: Request) -> None:
    if request.ref and template.source != "git":
        raise UsageError(f"`{template.name}` has no refs: it is not from git", "leave `--ref` out")
    named = record.source in NAMED and not request.address
    if named and is_older(template.version, record.version):
        raise ProjectError(
            f"the project has version {record.version} of `{template.name}`, this fastkit brings "
            f"{template.version}",
            "upgrade fastkit",
        )


def with_known_address(repository: Repository, template: Template, base: Tree, request: Request) -> Template:
    """The template with the address that copier recorded in the project.

    A local address differs for everyone who updates. It is only replaced by a public one, on request.
    """
    if request.address and not is_local(address_here(template)):
        return template
    for file in copier_answers.answers_files(base):
        with suppress(git.GitError, ValueError):
            address = copier_answers.from_text(file, committed_file(repository, file)).address
            return replace(template, origin=replace(template.origin, address=address))
    return template


def newer_recipe(
    project: Path, template: Template, record: Record, request: Request, ask: Ask | None
) -> tuple[Recipe, tuple[str, ...]]:
    names, gone = request.features, list[str]()
    if names is None:
        gone = [name for name in record.features if name not in template.features]
        names = tuple(name for name in record.features if name not in gone)
    chosen = features.chosen(template, names)
    recipe, notes = recipe_for(
        project, template, record, ask, features=chosen, given=request.given, trust=request.trust
    )
    resources = record.resources if request.resources is None else request.resources
    recipe = replace(recipe, chosen_resources=resources, kept=record.kept)
    return recipe, (*(f"`{template.name}` no longer offers the feature `{name}`" for name in gone), *notes)


# The merge.


def merged(
    repository: Repository, scratch: Scratch, recipe: Recipe, base: Tree, new: Tree, files: Tree
) -> Merge:
    """The merge, in which files that are the owner's once they exist do not change.

    Those that are gone come again.

    Args:
        files: the record and the baseline.
    """
    owners = kept(recipe, {*base, *new})
    existing = {path for path in owners if os.path.lexists(repository.project / path)}
    missing = {*owners} - existing
    old = {path: file for path, file in base.items() if path not in missing}
    unchanged = {path: base[path] for path in existing if path in base and path in new}
    coming = {path: file for path, file in new.items() if path not in existing} | unchanged
    return merge(scratch, repository, *with_owners_line_ends(scratch, repository, old, coming), files, owners)


# Notes and migrations.


def notes_of(template: Template, record: Record, found: Merge) -> Iterator[str]:
    """The caveat, the author's notes on each version after the project's, and files that stay deleted."""
    if template.caveat:
        yield template.caveat
    versions = [(version, text) for text in template.notes if (version := read_version(text))]
    for _, text in sorted(versions):
        if is_older(record.version, text) and not is_older(template.version, text):
            yield f"{text}: {template.notes[text]}"
    for path in found.stays_deleted:
        yield f"`{path}` stays deleted, though the template has changed it"


@contextmanager
def after_migrations(update: Update, before: Mapping[str, Value]) -> Iterator[Update]:
    """The update, worked out anew where migrations have changed the project.

    Args:
        before: copier's answers before the migrations, which may have changed them, too.
    """
    if not has_changes(update.repository):
        yield update
        return
    now = copier_answers.current_answers(update.project)
    changed = {name: value for name, value in now.items() if before.get(name) != value}
    record = replace(update.record, answers={**update.recipe.answers.public, **changed})
    with prepared(update.project, update.request, None, migrated=record) as again:
        yield replace(again, code=Code(update.code.before, again.code.after))
