"""Features insert into lists of Python files, in any order with the same result."""

from itertools import permutations
from pathlib import Path

import pytest

from fastkit.catalog import features
from fastkit.catalog.questions import Answers
from fastkit.catalog.template import Template
from fastkit.errors import TemplateError
from fastkit.plan import Recipe
from fastkit.rendering.stage import staged
from tests.support.folders import write, write_template

API = '''\
"""All routes."""

from src.routes import (
    items,
    status,
)

ROUTERS = [
    items.router,
    status.router,
]
'''

WITH_ALL = '''\
"""All routes."""

from src.core.cache import Cache
from src.routes import (
    files,
    items,
    notes,
    status,
)

ROUTERS = [
    Cache.router,
    files.router,
    items.router,
    notes.router,
    status.router,
]
'''


def feature(item: str, source: str, **changes: str) -> str:
    given = {"file": "src/api.py", "list": "ROUTERS", "import": source, "item": item} | changes
    return f"title: A feature\ninsert: [{given}]\n"


FEATURES: dict[str, str | bytes] = {
    "notes/feature.yml": feature("notes.router", "src.routes.notes"),
    "files/feature.yml": feature("files.router", "src.routes.files"),
    "cache/feature.yml": feature("Cache.router", "src.core.cache:Cache"),
}


@pytest.fixture
def template(tmp_path: Path) -> Template:
    write(tmp_path / "demo" / "features", FEATURES)
    copier_yml = "_subdirectory: project\n_fastkit: {features: [notes, files, cache]}\nname: {type: str}\n"
    return write_template(tmp_path / "demo", {"copier.yml": copier_yml, "project/src/api.py": API})


def rendered(template: Template, *names: str) -> str:
    recipe = Recipe(template, Answers({"name": "shop"}), "shop", features.chosen(template, names))
    with staged(recipe, template.folder.parent) as project:
        return (project / "src/api.py").read_text()


def test_without_features_a_file_is_as_it_was(template: Template) -> None:
    assert rendered(template) == API


def test_items_and_imports_are_in_their_places(template: Template) -> None:
    assert rendered(template, "notes", "files", "cache") == WITH_ALL


def test_the_order_of_features_does_not_matter(template: Template) -> None:
    for order in permutations(["notes", "files", "cache"]):
        names = f"features: [{', '.join(order)}]"
        about = (template.folder / "copier.yml").read_text().replace("features: [notes, files, cache]", names)
        other = write_template(template.folder, {"copier.yml": about})
        assert rendered(other, *order) == WITH_ALL


def test_an_item_for_projects_with_another_feature_is_in_no_others(template: Template) -> None:
    text = feature("notes.router", "src.routes.notes", feature="files")
    write(template.folder / "features", {"notes/feature.yml": text})
    assert rendered(template, "notes") == API
    assert "notes.router" in rendered(template, "notes", "files")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"file": "src/none.py"}, "which is not a file of the project"),
        ({"file": "src"}, "which is not a file of the project"),
        ({"list": "OTHERS"}, "inserts into the list `OTHERS`, which `src/api.py` does not have"),
    ],
)
def test_a_target_that_does_not_exist_is_refused(
    template: Template, changes: dict[str, str], problem: str
) -> None:
    text = feature("notes.router", "src.routes.notes", **changes)
    write(template.folder / "features", {"notes/feature.yml": text})
    with pytest.raises(TemplateError, match=problem) as caught:
        rendered(template, "notes")
    assert "features/notes/feature.yml" in str(caught.value)


@pytest.mark.parametrize("text", ["ROUTERS = [\n", "ROUTERS = make()\n", "if True:\n    ROUTERS = []\n"])
def test_a_file_without_such_a_list_is_refused(template: Template, text: str) -> None:
    write(template.folder / "project", {"src/api.py": text})
    with pytest.raises(TemplateError, match=r"src/api\.py"):
        rendered(template, "notes")
