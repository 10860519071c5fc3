"""Writes the record and the baseline of a rendered project, before it is put in place."""

import tempfile
from dataclasses import replace
from pathlib import Path

from fastkit.answering.questionnaire import gone, in_copiers_order
from fastkit.answering.survey import Survey
from fastkit.catalog import features
from fastkit.catalog.migrations import is_migration
from fastkit.catalog.questions import Answers
from fastkit.plan import Recipe
from fastkit.record.baseline import BASELINE, pack
from fastkit.record.project_yml import FOLDER, RECORD, record_of, to_text
from fastkit.record.tree import File, Tree, read_tree, tracked
from fastkit.rendering.confined import matched
from fastkit.rendering.stage import staged


def write_record(recipe: Recipe, project: Path) -> None:
    """Write the record and the baseline into a project that was just rendered."""
    (project / FOLDER).mkdir(exist_ok=True)
    for path, file in record_files(recipe, baseline_tree(recipe, project)).items():
        (project / path).write_bytes(file.content)


def record_files(recipe: Recipe, tree: Tree) -> dict[str, File]:
    """The record of a recipe and the baseline of the tree that it rendered."""
    return {RECORD: File(to_text(record_of(recipe)).encode()), BASELINE: File(pack(tree))}


def baseline_tree(recipe: Recipe, project: Path) -> Tree:
    """What git would track of a rendered project, with the defaults of secrets instead of their answers.

    A secret in a tracked file is thus an edit of the project's owner, which no update undoes.
    """
    has_secrets = without_secrets(recipe) != recipe.answers
    return rendered_tree(recipe) if has_secrets else tracked_tree(recipe, project)


def rendered_tree(recipe: Recipe) -> Tree:
    """The same of a recipe."""
    plain = replace(recipe, answers=without_secrets(recipe))
    with staged(plain, Path(tempfile.gettempdir())) as project:
        return tracked_tree(plain, project)


def tracked_tree(recipe: Recipe, project: Path) -> Tree:
    """
    Raises:
        TemplateError: its `.gitignore` files take too long to match.
    """
    paths = matched(recipe.template, "its .gitignore", tracked, project, trusted=recipe.trust)
    return read_tree(project, [path for path in paths if not is_left_out(recipe, path)])


def is_left_out(recipe: Recipe, path: str) -> bool:
    """The record, and migrations, which are the owner's."""
    return path.startswith(f"{FOLDER}/") or is_migration(recipe.template, path)


def without_secrets(recipe: Recipe) -> Answers:
    """The answers, with the defaults of secret questions."""
    secret = recipe.answers.secret & recipe.answers.values.keys()
    if not secret:
        return recipe.answers
    template = recipe.template
    computed = features.computed(recipe.features)
    sandbox = template.sandbox(trusted=recipe.trust, project=recipe.owners_folder, folder=recipe.name)
    survey = Survey(template, recipe.answers.public, sandbox, computed)
    kept = Answers(gone(template, recipe.answers.public))
    return in_copiers_order(survey.answer(template.questions, kept, None), recipe.answers.public)
