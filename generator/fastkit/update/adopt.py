"""Adopts a project that has no record: finds the render closest to it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastkit.answering.questionnaire import gone
from fastkit.catalog import features
from fastkit.catalog.find import find_template
from fastkit.catalog.questions import PACKAGE_MANAGER, Ask
from fastkit.catalog.template import Template
from fastkit.computing.documents import found_at, list_at, parse_toml, table_at
from fastkit.errors import FastkitError, UsageError
from fastkit.machine.progress import Progress
from fastkit.package_managers import PACKAGE_MANAGERS
from fastkit.plan import Recipe
from fastkit.record.copier_answers import answers_files
from fastkit.record.project_yml import RECORD, Record
from fastkit.record.tree import File, read_file
from fastkit.record.write import record_files, rendered_tree
from fastkit.repositories.address import read_address
from fastkit.update.merge import merge, scratch_repository
from fastkit.update.prepare import Update
from fastkit.update.recipe import recipe_for
from fastkit.update.refusals import check_owners
from fastkit.update.repository import Repository, committed_files, open_repository
from fastkit.update.request import Request, at_ref
from fastkit.update.starting_point import committed_answers, recipe_by_copier

MOST_RELEASES = 10
"""How many versions of a git template are tried, newest first."""


@dataclass(frozen=True)
class Likeness:
    """How much of a render a project still is.

    Attributes:
        files: of the render.
        present: those that the project has.
        same: those that it has as they were rendered.
        lines: of the render and of the project's files of the same names, together.
        alike: the lines that both have.
    """

    files: int
    present: int
    same: int
    lines: int
    alike: int

    @property
    def score(self) -> int:
        """By this two renders are compared: a feature is worth it if more than half of it is there."""
        return 2 * self.alike - self.lines

    def __str__(self) -> str:
        share = self.alike / self.lines if self.lines else 0.0
        return (
            f"{self.present} of {self.files} files are there, {self.same} as they were rendered; "
            f"{share:.0%} of the lines are alike"
        )


Candidate = tuple[Recipe, Likeness]


@contextmanager
def adopted(
    project: Path, request: Request, ask: Ask | None, progress: Progress, *, read_only: bool = False
) -> Iterator[Update]:
    """Work out the record and the baseline for a project, and change nothing else.

    Args:
        request: its address is the template's.

    Raises:
        UsageError: the project has a record.
        ProjectError: the project is not committed.
    """
    if (project / RECORD).exists():
        raise UsageError("the project has a record already", "leave `--adopt` out")
    repository = open_repository(project, read_only=read_only)
    recipe, note = found_recipe(repository, request, ask, progress)
    with scratch_repository(repository) as scratch:
        found = merge(scratch, repository, {}, {}, record_files(recipe, rendered_tree(recipe)))
        if not read_only:
            check_owners(repository, found)
        before = Record(recipe.template.name, recipe.template.source, project=recipe.name)
        yield Update(before, recipe, found, (note,), repository, scratch, request)


def found_recipe(
    repository: Repository, request: Request, ask: Ask | None, progress: Progress
) -> tuple[Recipe, str]:
    """The recipe that copier recorded, or else the closest one; and how it was found."""
    project, request = repository.project, replace(request, address=at_ref(request.address, request.ref))
    if answers_files(committed_files(repository)):
        answers = committed_answers(repository)
        wanted = replace(answers, commit="") if request.ref else answers
        recipe = recipe_by_copier(project, wanted, request, ask, progress)
        return recipe, f"with the version and the answers that `{answers.file}` names"
    template = find_template(request.address, progress)
    guesses = {name: text for name, text in guessed(project).items() if name not in request.given}
    record = Record(template.name, template.source)
    first, _ = recipe_for(
        project, template, record, ask, given=request.given, defaults=guesses, trust=request.trust
    )
    with progress(f"Comparing with {template.name}"):
        recipe, likeness = closest(project, first, request)
    return recipe, str(likeness)


def guessed(project: Path) -> dict[str, str]:
    """Answers that can be read from a project."""
    about: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        about = table_at(parse_toml((project / "pyproject.toml").read_text("utf-8")), "project")
    author = next(iter(list_at(about, "authors")), None)
    found = {
        "project_name": about.get("name", project.name),
        "description": about.get("description"),
        "author": found_at(author, "name"),
        "author_email": found_at(author, "email"),
        PACKAGE_MANAGER: manager_of(project),
    }
    return {name: text for name, text in found.items() if isinstance(text, str) and text}


def manager_of(project: Path) -> str:
    """The package manager whose lockfile the project has."""
    locks = {manager.lockfile: name for name, manager in PACKAGE_MANAGERS.items() if manager.lockfile}
    return next((name for lock, name in locks.items() if (project / lock).exists()), "")


# The closest render.


def closest(project: Path, first: Recipe, request: Request) -> Candidate:
    """Try other package managers, then older versions, then each feature."""
    best = first, likeness(project, first)
    for recipe in other_managers(project, first, request):
        best = closer(project, best, recipe)
    for template in other_versions(request, first.template):
        best = closer(project, best, replace(best[0], template=template))
    for name in best[0].template.features:
        best = closer(project, best, best[0], name)
    return best


def other_managers(project: Path, recipe: Recipe, request: Request) -> Iterator[Recipe]:
    values = recipe.answers.values
    if PACKAGE_MANAGER in request.given or PACKAGE_MANAGER not in values or manager_of(project):
        return
    for name in PACKAGE_MANAGERS:
        if name != values[PACKAGE_MANAGER]:
            yield replace(recipe, answers=replace(recipe.answers, values={**values, PACKAGE_MANAGER: name}))


def other_versions(request: Request, template: Template) -> Iterator[Template]:
    """Older releases of a git template, newest first, without broken ones."""
    address = read_address(request.address) if template.source == "git" else None
    if address is None or address.ref:
        return
    from fastkit.repositories.cache import list_releases

    for tag in list_releases(address)[:MOST_RELEASES]:
        if tag != template.ref:
            with suppress(FastkitError):
                yield find_template(at_ref(request.address, tag))


def closer(project: Path, best: Candidate, recipe: Recipe, *more: str) -> Candidate:
    """The better of both; a recipe that cannot be rendered is not.

    Args:
        more: features to add to the recipe.
    """
    try:
        candidate = answered_again(project, recipe, more)
        found = likeness(project, candidate)
    except FastkitError:
        return best
    return (candidate, found) if found.score > best[1].score else best


def answered_again(project: Path, recipe: Recipe, more: Sequence[str]) -> Recipe:
    """The recipe with more features, whose questions may differ by now."""
    template = recipe.template
    chosen = features.chosen(template, (*recipe.feature_names, *more))
    public, dropped = recipe.answers.public, gone(template, recipe.answers.public)
    answers = {name: value for name, value in public.items() if name not in dropped}
    record = Record(template.name, template.source, project=recipe.name, answers=answers)
    return recipe_for(project, template, record, None, features=chosen, trust=recipe.trust)[0]


def likeness(project: Path, recipe: Recipe) -> Likeness:
    """
    Raises:
        FastkitError: the recipe cannot be rendered.
    """
    tree = rendered_tree(recipe)
    owners = {path: read_file(project / path) for path in tree if (project / path).is_file()}
    both = [(lines(tree[path]), lines(file)) for path, file in owners.items()]
    missing = sum(lines(file).total() for path, file in tree.items() if path not in owners)
    return Likeness(
        files=len(tree),
        present=len(owners),
        same=sum(one == other for one, other in both),
        lines=missing + sum(one.total() + other.total() for one, other in both),
        alike=2 * sum((one & other).total() for one, other in both),
    )


def lines(file: File) -> Counter[bytes]:
    """The lines of a file, whatever ends them, and how often each occurs."""
    return Counter(line for line in file.content.splitlines() if line.strip())
