"""What an update starts from: the version, the answers and the files that a project was made of."""

import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from fastkit.catalog.find import find_template
from fastkit.catalog.questions import Ask, Value
from fastkit.catalog.template import Template
from fastkit.errors import SourceError, UnknownName
from fastkit.machine import git
from fastkit.machine.folders import expanded
from fastkit.machine.progress import Progress
from fastkit.plan import TO_RENDER, Recipe, check_trust
from fastkit.record import copier_answers
from fastkit.record.baseline import BASELINE, unpack
from fastkit.record.copier_answers import CopiersAnswers, answers_files, read_answers
from fastkit.record.local_address import place_of
from fastkit.record.project_yml import RECORD, Record, found_here, from_text, record_of
from fastkit.record.tree import Tree
from fastkit.record.write import pristine
from fastkit.rendering.stage import staged
from fastkit.update.answers import answer_again, with_gone
from fastkit.update.repository import Repository, committed_file, committed_files

LATER = re.compile(r".+-\d+-g([0-9a-f]{7,64})")
"""How copier calls a commit after a release."""


@dataclass(frozen=True)
class Past:
    """
    Attributes:
        tree: the files as they were rendered.
        notes: how it is known.
    """

    record: Record
    tree: Tree
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """What the command says of the past.

    Attributes:
        address: where the template is, if not where the project says.
        given: answers to questions that copier did not write down.
    """

    address: str
    given: Mapping[str, Value]
    trust: bool


def past_of(
    repository: Repository, known: Known, ask: Ask | None, progress: Progress, *, remembers: bool
) -> Past:
    """By the record and the baseline, or by copier's answers where those are newer, or all there is.

    Raises:
        ProjectError: they cannot be read.
        SourceError: the version that copier names cannot be fetched.
    """
    if not remembers:
        return adopted_past(repository.project, copiers_answers(repository), known, ask, progress)
    record = found_here(from_text(committed_file(repository, RECORD)), repository.project)
    past = Past(record, unpack(committed_file(repository, BASELINE)))
    found = moved_on(repository, past.tree)
    if found is None:
        return past
    try:
        return adopted_past(repository.project, found, known, ask, progress)
    except (SourceError, UnknownName) as error:
        problem = f"which cannot be had, so that the record counts: {error.message}"
        return replace(past, notes=(f"`{found.file}` names `{found.commit}`, {problem}",))


def copiers_answers(repository: Repository) -> CopiersAnswers:
    """What copier has written into the last commit.

    Raises:
        ProjectError: there is more than one such file, or it is not copier's.
    """
    return read_answers(committed_files(repository), partial(committed_file, repository))


def moved_on(repository: Repository, tree: Tree) -> CopiersAnswers | None:
    """Copier's answers where copier has updated the project since fastkit did."""
    for file in answers_files(tree):
        with suppress(git.GitError, ValueError):  # it is the owner's by now
            was = copier_answers.from_text(file, tree[file].content)
            now = copier_answers.from_text(file, committed_file(repository, file))
            if now.commit and (now.commit, now.answers) != (was.commit, was.answers):
                return now
    return None


def adopted_past(
    project: Path, found: CopiersAnswers, known: Known, ask: Ask | None, progress: Progress
) -> Past:
    recipe = adopted_recipe(project, found, known, ask, progress)
    record = record_of(recipe)
    record = replace(record, address=record.address or place_of(recipe.template))
    note = f"adopted {record.label} with the answers in `{found.file}`"
    return Past(record, rendered(recipe), (note,))


def adopted_recipe(
    project: Path, found: CopiersAnswers, known: Known, ask: Ask | None, progress: Progress
) -> Recipe:
    """The recipe by which copier made a project; only what copier did not write down is asked."""
    template = template_of(project, found, known.address, progress)
    trusted = check_trust(template, known.trust, TO_RENDER)
    record = Record(template.name, template.source, project=project.name, answers=found.answers)
    names = {question.name for question in template.questions} - found.answers.keys()
    given = {name: value for name, value in known.given.items() if name in names}
    again = answer_again(template, (), record, given, ask, project=project, trusted=trusted)
    answers = with_gone(template, found.answers, again.answers)
    return Recipe(template, answers, again.name, (), trusted, project)


def template_of(project: Path, found: CopiersAnswers, address: str, progress: Progress) -> Template:
    """The template in the version that copier names, which calls itself what copier called it."""
    later = LATER.fullmatch(found.commit)
    ref = later[1] if later else found.commit
    place = address or copiers_place(project, found)
    template = find_template(f"{place}@{ref}" if ref else place, progress)
    commit = found.commit or template.origin.commit
    return replace(template, origin=replace(template.origin, address=found.address, commit=commit))


def copiers_place(project: Path, found: CopiersAnswers) -> str:
    """The template's address, as fastkit reads it: copier takes a plain path for a repository, too."""
    folder = project / expanded(found.address)
    if not folder.is_dir():
        return found.address
    return f"git+{folder}" if found.commit else str(folder)


def rendered(recipe: Recipe) -> Tree:
    with staged(recipe, Path(tempfile.gettempdir())) as folder:
        return pristine(recipe, folder)
