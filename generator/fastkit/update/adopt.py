"""A record for a project that has none: of the render that is nearest to what the project is."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastkit.catalog import features
from fastkit.catalog.find import find_template
from fastkit.catalog.questions import PACKAGE_MANAGER, Ask
from fastkit.catalog.template import Template
from fastkit.computing.documents import found_at, list_at, parse_toml, table_at
from fastkit.errors import FastkitError, UsageError
from fastkit.machine.progress import Progress
from fastkit.package_managers import PACKAGE_MANAGERS
from fastkit.plan import TO_RENDER, Recipe, check_trust
from fastkit.record.copier_answers import answers_files
from fastkit.record.project_yml import RECORD, Record
from fastkit.record.tree import File, read_file
from fastkit.record.write import memory
from fastkit.repositories.address import read_address
from fastkit.update.answers import answer_again
from fastkit.update.merge import merge, scratch_repository
from fastkit.update.ownership import check_owners
from fastkit.update.past import Known, adopted_recipe, copiers_answers, rendered
from fastkit.update.prepare import Update, Wish
from fastkit.update.repository import Repository, committed_files, open_repository

MOST_RELEASES = 10
"""How many versions of a git template are tried, newest first."""


@dataclass(frozen=True)
class Nearness:
    """How much of a render a project still is.

    Attributes:
        files: of the render.
        there: those that the project has.
        same: those that it has as they were rendered.
        lines: of the render and of the project's files of the same names, together.
        alike: those lines that both have.
    """

    files: int
    there: int
    same: int
    lines: int
    alike: int

    @property
    def share(self) -> float:
        return self.alike / self.lines if self.lines else 0.0

    @property
    def score(self) -> int:
        """What two renders are compared by: a feature is worth it if more than half of it is there."""
        return 2 * self.alike - self.lines

    def __str__(self) -> str:
        return (
            f"{self.there} of {self.files} files are there, {self.same} as they were rendered; "
            f"{self.share:.0%} of the lines are alike"
        )


@contextmanager
def adopted(
    project: Path, wish: Wish, ask: Ask | None, progress: Progress, *, looks: bool = False
) -> Iterator[Update]:
    """Work out the record and the baseline for a project, and nothing else of it.

    Args:
        wish: its address is the template's.

    Raises:
        UsageError: the project has a record.
        ProjectError: the project is not committed.
    """
    if (project / RECORD).exists():
        raise UsageError("the project has a record already", "leave `--adopt` out")
    repository = open_repository(project, remembers=False, looks=looks)
    recipe, note = found_recipe(repository, wish, ask, progress)
    room = Path(tempfile.gettempdir())
    with scratch_repository(repository, room) as scratch:
        tree = rendered(recipe)
        found = merge(scratch, repository, {}, {}, memory(recipe, tree))
        if not looks:
            check_owners(repository, found)
        before = Record(recipe.template.name, recipe.template.source, project=recipe.name)
        yield Update(project, before, recipe, found, (note,), repository, scratch, wish)


def found_recipe(
    repository: Repository, wish: Wish, ask: Ask | None, progress: Progress
) -> tuple[Recipe, str]:
    """The recipe that copier has written down, or else the nearest; and how it was found."""
    project = repository.project
    if answers_files(committed_files(repository)):
        found = copiers_answers(repository)
        known = Known(f"{wish.address}@{wish.ref}" if wish.ref else wish.address, wish.given, wish.trust)
        found = replace(found, commit="") if wish.ref else found
        recipe = adopted_recipe(project, found, known, ask, progress)
        return recipe, f"with the version and the answers that `{found.file}` names"
    first = first_recipe(project, wish, ask, progress)
    with progress(f"Comparing with {first.template.name}"):
        recipe, nearness = nearest(project, first, wish)
    return recipe, str(nearness)


# The recipe to begin with.


def first_recipe(project: Path, wish: Wish, ask: Ask | None, progress: Progress) -> Recipe:
    template = find_template(f"{wish.address}@{wish.ref}" if wish.ref else wish.address, progress)
    trusted = check_trust(template, wish.trust, TO_RENDER)
    guesses = {name: text for name, text in guessed(project).items() if name not in wish.given}
    record = Record(template.name, template.source)
    again = answer_again(
        template, (), record, wish.given, ask, project=project, trusted=trusted, guesses=guesses
    )
    return Recipe(template, again.answers, again.name, (), trusted, project)


def guessed(project: Path) -> dict[str, str]:
    """Answers as they can be read from a project."""
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


# The nearest render.


def nearest(project: Path, first: Recipe, wish: Wish) -> tuple[Recipe, Nearness]:
    """Try other package managers, then older versions, then each feature."""
    best = first, nearness(project, first)
    for recipe in other_managers(project, first, wish):
        best = nearer(project, best, recipe)
    for template in other_versions(wish, first.template):
        best = nearer(project, best, replace(best[0], template=template))
    for name in best[0].template.features:
        best = nearer(project, best, best[0], name)
    return best


def other_managers(project: Path, recipe: Recipe, wish: Wish) -> Iterator[Recipe]:
    values = recipe.answers.values
    if PACKAGE_MANAGER in wish.given or PACKAGE_MANAGER not in values or manager_of(project):
        return
    for name in PACKAGE_MANAGERS:
        if name != values[PACKAGE_MANAGER]:
            yield replace(recipe, answers=replace(recipe.answers, values={**values, PACKAGE_MANAGER: name}))


def other_versions(wish: Wish, template: Template) -> Iterator[Template]:
    """Older releases of a git template, newest first; those that are broken are left out."""
    address = read_address(wish.address) if template.source == "git" and not wish.ref else None
    if address is None or address.ref:
        return
    from fastkit.repositories.cache import list_releases

    for tag in list_releases(address)[:MOST_RELEASES]:
        if tag != template.ref:
            with suppress(FastkitError):
                yield find_template(f"{wish.address}@{tag}")


def nearer(
    project: Path, best: tuple[Recipe, Nearness], recipe: Recipe, *more: str
) -> tuple[Recipe, Nearness]:
    """The better of both; a recipe that cannot be rendered is no better.

    Args:
        more: features to add to the recipe.
    """
    try:
        again = answered_anew(project, recipe, more)
        found = nearness(project, again)
    except FastkitError:
        return best
    return (again, found) if found.score > best[1].score else best


def answered_anew(project: Path, recipe: Recipe, more: Sequence[str]) -> Recipe:
    """The recipe with more features, and with answers to the questions that it has by now."""
    template = recipe.template
    parts = features.chosen(template, (*recipe.feature_names, *more))
    record = Record(template.name, template.source, project=recipe.name, answers=recipe.answers.public)
    again = answer_again(template, parts, record, {}, None, project=project, trusted=recipe.trust)
    return replace(recipe, features=parts, answers=again.answers)


def nearness(project: Path, recipe: Recipe) -> Nearness:
    """
    Raises:
        FastkitError: the recipe cannot be rendered.
    """
    tree = rendered(recipe)
    owners = {path: read_file(project / path) for path in tree if (project / path).is_file()}
    both = [(lines(tree[path]), lines(file)) for path, file in owners.items()]
    alike = 2 * sum((one & other).total() for one, other in both)
    missing = sum(lines(file).total() for path, file in tree.items() if path not in owners)
    return Nearness(
        files=len(tree),
        there=len(owners),
        same=sum(one == other for one, other in both),
        lines=missing + sum(one.total() + other.total() for one, other in both),
        alike=alike,
    )


def lines(file: File) -> Counter[bytes]:
    """The lines of a file, whatever ends them, and how often each is there."""
    return Counter(line for line in file.content.splitlines() if line.strip())
