"""Features meet the template, and each other, only where both allow it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fastkit.checking.seams import check_seams
from tests.support.folders import write_template

MIGRATION = "revision = ''\ndown_revision = ''\n"

COPIER_YML = """\
_subdirectory: project
_fastkit:
  features: [notes, files]
  presets: {whole: {title: All of it, features: [notes, files]}}
  migrations: {folder: versions, base: [users]}
"""

ROUTERS = "[{file: src/api.py, list: ROUTERS, item: notes.router}]"

TEMPLATE: dict[str, str | bytes] = {
    "copier.yml": COPIER_YML,
    "project/src/api.py": "ROUTERS = [\n    items.router,\n    users.router,\n]\n",
    "project/src/users.py": "users = 1\n",
    "project/README.md.jinja": "# {{ features }}\n",
    "migrations/users.py": MIGRATION,
    "features/notes/feature.yml": f"title: Notes\ninsert: {ROUTERS}\n",
    "features/notes/project/src/notes.py": "KINDS: list[str] = []\n",
    "features/notes/migrations/notes.py": MIGRATION,
    "features/files/feature.yml": (
        "title: Files\nrequires: [notes]\ninsert: [{file: src/notes.py, list: KINDS, item: '1'}]\n"
    ),
    "features/files/project/src/users.py": "users = 2\n",
}


def found(folder: Path, changes: Mapping[str, str]) -> list[tuple[str, str]]:
    template = write_template(folder / "demo", TEMPLATE | dict(changes))
    return [(finding.message, finding.file) for finding in check_seams(template)]


def test_features_that_keep_apart_are_accepted(tmp_path: Path) -> None:
    assert found(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("path", "text", "message", "file"),
    [
        (
            "copier.yml",
            COPIER_YML.replace("features: [notes, files]}}", "features: [notes, jobs]}}"),
            "the preset `whole` has the feature `jobs`, which `_fastkit` does not offer",
            "copier.yml",
        ),
        (
            "copier.yml",
            COPIER_YML.replace("whole", "fastapi-async-crud"),
            "the preset `fastapi-async-crud` has the name of a template",
            "copier.yml",
        ),
        (
            "features/notes/migrations/notes.py",
            "revision = ''\n",
            "the migration `notes` must have the lines `revision = ` and `down_revision = `",
            "copier.yml",
        ),
        (
            "copier.yml",
            COPIER_YML.replace("[users]", "[users, more]"),
            "the migration `more` must have the lines `revision = ` and `down_revision = `",
            "copier.yml",
        ),
        (
            "features/notes/project/src/users.py",
            "users = 3\n",
            "the features `notes` and `files` both change `src/users.py`",
            "features/files/feature.yml",
        ),
        (
            "features/notes/feature.yml",
            "title: Notes\ninsert: [{file: src/users.py, list: ROUTERS, item: '1'}]\n",
            "the features `files` and `notes` both change `src/users.py`",
            "features/notes/feature.yml",
        ),
        (
            "features/notes/feature.yml",
            f"title: Notes\ninsert: {ROUTERS.replace('api.py', 'other.py')}\n",
            "there is no file `src/other.py` to insert into",
            "features/notes/feature.yml",
        ),
        (
            "features/notes/feature.yml",
            f"title: Notes\ninsert: {ROUTERS.replace('ROUTERS', 'OTHERS')}\n",
            "there is no list `OTHERS` in `src/api.py`",
            "features/notes/feature.yml",
        ),
        (
            "features/notes/feature.yml",
            f"title: Notes\ninsert: {ROUTERS.replace('}', ', feature: jobs}')}\n",
            "an insertion is for the feature `jobs`, which `_fastkit` does not offer",
            "features/notes/feature.yml",
        ),
        (
            "project/src/api.py",
            "ROUTERS = [users.router, items.router]\n",
            "the list `ROUTERS` in `src/api.py` must be sorted",
            "features/notes/feature.yml",
        ),
        (
            "project/src/api.py",
            "ROUTERS = [\n",
            "there is no list `ROUTERS` in `src/api.py`",
            "features/notes/feature.yml",
        ),
    ],
)
def test_what_does_not_fit_together_is_reported(
    path: str, text: str, message: str, file: str, tmp_path: Path
) -> None:
    assert (message, file) in found(tmp_path, {path: text})


def test_an_insertion_may_be_into_a_file_of_a_feature_that_need_not_be_there(tmp_path: Path) -> None:
    changes = {
        "features/files/project/src/kinds.py": "KINDS: list[str] = []\n",
        "features/notes/feature.yml": (
            "title: Notes\ninsert: [{file: src/kinds.py, list: KINDS, item: '1', feature: files}]\n"
        ),
    }
    assert found(tmp_path, changes) == []


def test_features_that_exclude_each_other_may_change_one_file(tmp_path: Path) -> None:
    changes = {
        "features/notes/project/src/users.py": "users = 3\n",
        "features/files/feature.yml": "title: Files\nconflicts: [notes]\n",
    }
    assert found(tmp_path, changes) == []
