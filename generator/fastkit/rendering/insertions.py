"""Inserts what features and resources add to lists of rendered Python files.

They are sorted, so any order of adding gives the same bytes.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from fastkit.catalog.features import ABOUT, OWN
from fastkit.catalog.seams import Insertion
from fastkit.computing.python_lists import NotAList, with_item
from fastkit.errors import TemplateError
from fastkit.plan import Recipe
from fastkit.rendering import resources

Added = tuple[Insertion, str]
"""An insertion, and the file of the template that says so."""


def insert(recipe: Recipe, project: Path) -> None:
    """
    Raises:
        TemplateError: a file or a list is missing.
    """
    added = sorted(
        each
        for each in (*of_features(recipe), *resources.insertions(recipe))
        if each[0].is_for(recipe.feature_names)
    )
    for path, group in groupby(added, key=lambda each: each[0].file):
        file = project / path
        text = read(recipe, file, path, [*group])
        file.write_bytes(text.encode())


def of_features(recipe: Recipe) -> Iterator[Added]:
    for feature in recipe.features:
        yield from ((insertion, f"{OWN}/{feature.name}/{ABOUT}") for insertion in feature.insert)


def read(recipe: Recipe, file: Path, path: str, added: list[Added]) -> str:
    """The text of a file with its insertions."""
    inside = file.resolve().is_relative_to(file.parents[path.count("/")].resolve())
    if not file.is_file() or not inside:
        raise wrong(recipe, added[0], f"inserts into `{path}`, which is not a file of the project")
    try:
        text = file.read_bytes().decode()
        for each in added:
            text = inserted(recipe, each, text)
    except (SyntaxError, ValueError) as error:
        raise wrong(recipe, added[0], f"inserts into `{path}`, which is not Python: {error}") from error
    return text


def inserted(recipe: Recipe, added: Added, text: str) -> str:
    insertion, _ = added
    try:
        return with_item(text, insertion.item)
    except NotAList as error:
        place = f"`{insertion.file}`"
        raise wrong(recipe, added, f"inserts into the list `{error}`, which {place} does not have") from error


def wrong(recipe: Recipe, added: Added, problem: str) -> TemplateError:
    _, place = added
    hint = "a list is a literal in brackets at the top level, such as `ROUTERS = [...]`"
    return TemplateError(recipe.template.name, problem, file=place, hint=hint)
