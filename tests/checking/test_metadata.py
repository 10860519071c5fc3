"""Versions that an update can compare, and the dependencies of projects."""

from pathlib import Path

import pytest

from tests.support.good_template import COPIER_YML, PYPROJECT, findings, only


@pytest.mark.parametrize("version", ["1.0", "2.0.0rc1", "2026.11.26", "1.0.0-alpha.2"])
def test_a_version_that_updates_can_compare_is_accepted(version: str, tmp_path: Path) -> None:
    text = COPIER_YML.replace("1.0.0", f'"{version}"').replace("  dep", f'  notes: {{"{version}": x}}\n  dep')
    assert findings(tmp_path, {"copier.yml": text}) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (COPIER_YML.replace("1.0.0", "1.0.0-SNAPSHOT"), "copier.yml:6"),
        (COPIER_YML.replace("  dep", "  notes:\n    1.0.0-SNAPSHOT: x\n  dep"), "copier.yml:7"),
    ],
    ids=["the template's", "of a note"],
)
def test_a_version_that_updates_cannot_compare_is_reported(text: str, place: str, tmp_path: Path) -> None:
    found = only(findings(tmp_path, {"copier.yml": text}))
    assert found.message == "the version `1.0.0-SNAPSHOT` cannot be compared"
    assert found.place == place


def test_a_dependency_that_the_metadata_lacks_is_reported(tmp_path: Path) -> None:
    more = PYPROJECT.replace('0.100"', '0.100", "Typer_Slim[x]>1"')
    found = only(findings(tmp_path, {"project/pyproject.toml.jinja": more}))
    assert found.message == "projects install `typer-slim`, which `_fastkit` does not list"
    assert found.place == "copier.yml:7"


def test_a_dependency_that_no_project_has_is_reported(tmp_path: Path) -> None:
    more = COPIER_YML.replace("[fastapi]", "[fastapi, redis]")
    found = only(findings(tmp_path, {"copier.yml": more}))
    assert found.message == "`_fastkit` lists `redis`, which no project installs"


def test_a_dependency_of_only_some_projects_is_accepted(tmp_path: Path) -> None:
    files = {
        "copier.yml": COPIER_YML.replace("[fastapi]", "[fastapi, redis]"),
        "project/pyproject.toml.jinja": PYPROJECT.replace(
            '0.100"', '0.100"{% if database == \'sqlite\' %}, "redis"{% endif %}'
        ),
    }
    assert findings(tmp_path, files) == []
