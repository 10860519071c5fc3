"""What an update starts from: the version, the answers and the files that a project was made of."""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from fastkit.catalog.find import find_template
from fastkit.catalog.questions import Ask
from fastkit.catalog.template import Template
from fastkit.errors import SourceError, UnknownName
from fastkit.machine import git
from fastkit.machine.folders import expanded
from fastkit.machine.progress import Progress
from fastkit.plan import Recipe
from fastkit.record import copier_answers
from fastkit.record.baseline import BASELINE, unpack
from fastkit.record.copier_answers import CopiersAnswers, answers_files, read_answers
from fastkit.record.local_address import address_here
from fastkit.record.project_yml import RECORD, Record, from_text, record_of, with_local_address
from fastkit.record.tree import Tree
from fastkit.record.write import rendered_tree
from fastkit.update.recipe import recipe_for
from fastkit.update.repository import Repository, committed_file, committed_files
from fastkit.update.request import Request, at_ref

AFTER_RELEASE = re.compile(r".+-\d+-g([0-9a-f]{7,64})")
"""What copier calls a commit after a release."""


@dataclass(frozen=True)
class StartingPoint:
    """
    Attributes:
        tree: the files as they were rendered.
        notes: on where record and tree come from.
    """

    record: Record
    tree: Tree
    notes: tuple[str, ...] = ()


def starting_point(
    repository: Repository, request: Request, ask: Ask | None, progress: Progress
) -> StartingPoint:
    """By the record and the baseline, or by copier's answers where these are newer or the only ones.

    Raises:
        ProjectError: they cannot be read.
        SourceError: the version that copier names cannot be fetched.
    """
    if not repository.has_record:
        return by_copier(repository.project, committed_answers(repository), request, ask, progress)
    record = with_local_address(from_text(committed_file(repository, RECORD)), repository.project)
    recorded = StartingPoint(record, unpack(committed_file(repository, BASELINE)))
    newer = newer_answers(repository, recorded.tree)
    if newer is None:
        return recorded
    try:
        return by_copier(repository.project, newer, request, ask, progress)
    except (SourceError, UnknownName) as error:
        problem = f"which is not available, so that the record counts: {error.message}"
        return replace(recorded, notes=(f"`{newer.file}` names `{newer.commit}`, {problem}",))


def committed_answers(repository: Repository) -> CopiersAnswers:
    """Copier's answers in the last commit.

    Raises:
        ProjectError: there is more than one such file, or it is not copier's.
    """
    return read_answers(committed_files(repository), partial(committed_file, repository))


def newer_answers(repository: Repository, tree: Tree) -> CopiersAnswers | None:
    """Copier's answers where copier has updated the project since fastkit did."""
    for file in answers_files(tree):
        with suppress(git.GitError, ValueError):  # the owner has changed or removed it
            old = copier_answers.from_text(file, tree[file].content)
            new = copier_answers.from_text(file, committed_file(repository, file))
            if new.commit and (new.commit, new.answers) != (old.commit, old.answers):
                return new
    return None


def by_copier(
    project: Path, found: CopiersAnswers, request: Request, ask: Ask | None, progress: Progress
) -> StartingPoint:
    recipe = recipe_by_copier(project, found, request, ask, progress)
    record = record_of(recipe)
    record = replace(record, address=record.address or address_here(recipe.template))
    note = f"adopted {record.label} with the answers in `{found.file}`"
    return StartingPoint(record, rendered_tree(recipe), (note,))


def recipe_by_copier(
    project: Path, found: CopiersAnswers, request: Request, ask: Ask | None, progress: Progress
) -> Recipe:
    """The recipe by which copier made a project; only answers that copier did not record are asked for."""
    template = template_by_copier(project, found, request.address, progress)
    record = Record(template.name, template.source, project=project.name, answers=found.answers)
    names = {question.name for question in template.questions} - found.answers.keys()
    given = {name: value for name, value in request.given.items() if name in names}
    return recipe_for(project, template, record, ask, given=given, trust=request.trust)[0]


def template_by_copier(project: Path, found: CopiersAnswers, address: str, progress: Progress) -> Template:
    """The template in the version that copier names, with the origin that copier recorded."""
    after = AFTER_RELEASE.fullmatch(found.commit)
    address = address or readable_address(project, found)
    template = find_template(at_ref(address, after[1] if after else found.commit), progress)
    commit = found.commit or template.origin.commit
    return replace(template, origin=replace(template.origin, address=found.address, commit=commit))


def readable_address(project: Path, found: CopiersAnswers) -> str:
    """The template's address for fastkit: copier takes a plain path for a repository, too."""
    folder = project / expanded(found.address)
    if not folder.is_dir():
        return found.address
    return f"git+{folder}" if found.commit else str(folder)
