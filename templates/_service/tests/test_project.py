"""What the project says of itself."""

from pathlib import Path

import pytest

from src.core.project import Project


def test_name_version_and_description_are_those_of_pyproject(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\nname = "x"\nversion = "2.0"\ndescription = "«{x}»"\n', "utf-8")

    assert Project.read(file) == Project("x", "2.0", "«{x}»")


@pytest.mark.parametrize("text", [None, "", '[project]\nname = "API"\n'])
def test_what_pyproject_does_not_say_has_a_default(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "pyproject.toml"
    if text is not None:
        file.write_text(text, "utf-8")

    assert Project.read(file) == Project("API", "0.1.0", "")
