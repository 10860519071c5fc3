"""The settings, and what the project says of itself."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from src.core.config import ROOT, Project, Settings


def test_a_relative_data_file_starts_at_the_project() -> None:
    assert Settings.model_fields["DATA_FILE"].get_default() == Path("src/mocks/mock_items.json")
    assert Settings().DATA_FILE.is_absolute()
    assert Settings(DATA_FILE=Path("data/items.json")).DATA_FILE == ROOT / "data/items.json"


def test_a_rate_that_makes_no_sense_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="RATE_LIMIT"):
        Settings(RATE_LIMIT="often")


def test_name_version_and_description_are_those_of_pyproject(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    assert Project.read(file) == Project()

    file.write_text('[project]\nname = "x"\nversion = "2.0"\ndescription = "«{x}»"\n', "utf-8")
    assert Project.read(file) == Project("x", "2.0", "«{x}»")
