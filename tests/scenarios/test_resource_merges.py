"""Resources come into projects that their owners have edited, and change there."""

import os
import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from fastkit.catalog.fields import read_field
from fastkit.catalog.find import find_template
from fastkit.catalog.migrations import projects_folder
from fastkit.catalog.resources import make_resource
from fastkit.plan import make_recipe
from fastkit.rendering.stage import staged
from tests.support.folders import read
from tests.support.projects import ANSWERS
from tests.support.random_owners import Files, conflicts_of, edited

OWNERS = 300 if os.environ.get("FASTKIT_PROOF") else 25

MOST_CONFLICTS = 0.05

TEMPLATES = ("fastapi-async-crud", "fastapi-async-sqlalchemy")

BEFORE = ("title:str:max=100", "body:text:optional", "pages:int")
AFTER = ("title:str:max=200:unique", "body:text:optional", "pages:int:min=1", "due:date:optional")
TO_USERS = ("author:ref=users",)
"""Of projects with tables."""


@pytest.fixture(scope="module", params=TEMPLATES)
def rendered(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[..., Files]:
    template = find_template(request.param)

    @cache
    def files(*fields: str) -> Files:
        room = tmp_path_factory.mktemp("of")
        recipe = make_recipe(
            template, (), {**ANSWERS, "package_manager": "uv"}, None, parent=room, install=False
        )
        words = (*fields, *TO_USERS) if projects_folder(template) else fields
        notes = [make_resource("note", [read_field(text) for text in words])] if fields else []
        with staged(replace(recipe, chosen_resources=(*recipe.resources, *notes)), room) as folder:
            return {path: text for path, text in read(folder).items() if isinstance(text, str)}

    return files


def own_path(files: Files, name: str, chance: random.Random) -> None:
    files["src/api/routes/notes.py"] += (
        f'\n\n@router.get("/{name}")\nasync def read_{name}() -> str:\n    return "{name}"\n'
    )


def own_method(files: Files, name: str, chance: random.Random) -> None:
    files["src/crud/notes.py"] += f"\n\nasync def count_{name}() -> int:\n    return 1\n"


def own_test(files: Files, name: str, chance: random.Random) -> None:
    test = f"\n\nasync def test_{name}() -> None:\n    assert True\n"
    before, mark, after = files["tests/test_notes.py"].partition("\n\n@pytest.mark.parametrize")
    files["tests/test_notes.py"] = (
        before + test + mark + after if chance.random() < 0.5 else before + mark + after + test
    )


def own_property(files: Files, name: str, chance: random.Random) -> None:
    path = "src/models/notes.py" if "src/models/notes.py" in files else "src/schemas/notes.py"
    before, _, after = files[path].partition("\n\n\nclass NoteQuery")
    own = f"\n    @property\n    def {name}(self) -> str:\n        return self.title\n"
    files[path] = before.rstrip("\n") + "\n" + own + (f"\n\nclass NoteQuery{after}" if after else "")


def own_words_on_notes(files: Files, name: str, chance: random.Random) -> None:
    path = "src/schemas/notes.py"
    files[path] = files[path].replace('"""What a note is', f'"""By {name}. What a note is')


ON_NOTES = (own_path, own_method, own_test, own_property, own_words_on_notes)


@pytest.mark.parametrize("way", ["add", "change", "remove"])
def test_few_owners_get_a_conflict_and_none_loses_a_line(
    way: str, rendered: Callable[..., Files], tmp_path: Path
) -> None:
    versions = {"add": ((), BEFORE), "change": (BEFORE, AFTER), "remove": (BEFORE, ())}
    base, theirs = (rendered(*fields) for fields in versions[way])
    chance = random.Random(way)
    more = ON_NOTES if way == "change" else ()
    owners = (edited(base, chance, more) for _ in range(OWNERS))
    by_git, left = conflicts_of(base, theirs, owners, tmp_path)
    what = f"{way} a resource among {len(base)} files"
    print(f"\n  {what}: of {OWNERS} owners, git leaves {by_git} with a conflict, fastkit {left}")
    assert left <= OWNERS * MOST_CONFLICTS
