"""The settings."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from src.core.config import Settings
from src.core.project import ROOT


def test_a_relative_data_file_starts_at_the_project() -> None:
    assert Settings.model_fields["DATA_FILE"].get_default() == Path("src/mocks/mock_items.json")
    assert Settings().DATA_FILE.is_absolute()
    assert Settings(DATA_FILE=Path("data/items.json")).DATA_FILE == ROOT / "data/items.json"


def test_a_rate_that_makes_no_sense_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="RATE_LIMIT"):
        Settings(RATE_LIMIT="often")
