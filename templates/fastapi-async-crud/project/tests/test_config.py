"""The settings."""

import pytest
from pydantic import ValidationError

from src.core.config import Settings
from src.core.project import ROOT
from tests.conftest import settings

LIMITS = ["MAX_BODY_SIZE", "MAX_CONCURRENT_REQUESTS", "REQUEST_TIMEOUT", "RATE_LIMIT"]


def test_a_relative_data_file_starts_at_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings().data_file("items") == ROOT / "data/items.json"
    assert settings().data_file("notes") == ROOT / "data/notes.json"
    for path in ("elsewhere/items.json", "/var/items.json"):
        monkeypatch.setenv("DATA_FILE", path)
        assert Settings().data_file("items") == ROOT / path
        assert Settings().data_file("notes") == (ROOT / path).with_name("notes.json")


@pytest.mark.parametrize("off", ["", "0"])
@pytest.mark.parametrize("name", LIMITS)
def test_0_or_nothing_switches_a_limit_off(
    name: str, off: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, off)

    assert not getattr(Settings(), name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_BODY_SIZE", "-1"),
        ("MAX_CONCURRENT_REQUESTS", "many"),
        ("REQUEST_TIMEOUT", "inf"),
        ("RATE_LIMIT", "often"),
    ],
)
def test_what_makes_no_sense_is_refused_at_the_start(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=name):
        Settings()
