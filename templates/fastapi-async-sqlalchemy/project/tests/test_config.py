"""The settings."""

import pytest
from pydantic import ValidationError

from src.core import database_url
from src.core.config import Settings
from src.core.project import ROOT


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///data/app.db", f"sqlite+aiosqlite:///{ROOT}/data/app.db"),
        ("sqlite:////tmp/app.db", "sqlite+aiosqlite:////tmp/app.db"),
        ("postgres://a:b@c/d", "postgresql+asyncpg://a:b@c/d"),
        ("postgresql://a@c/d?sslmode=require", "postgresql+asyncpg://a@c/d?ssl=require"),
    ],
)
def test_a_url_needs_no_driver_and_a_file_starts_at_the_project(given: str, used: str) -> None:
    url = database_url.parse(Settings(DATABASE_URL=given).DATABASE_URL, ROOT)

    assert url.render_as_string(hide_password=False) == used


@pytest.mark.parametrize(
    "url", ["", "app.db", "mysql://a:secret@c/d", "postgresql://h:port/", "sqlite://"]
)
def test_a_url_of_no_use_is_refused_at_the_start_and_its_password_not_shown(url: str) -> None:
    with pytest.raises(ValidationError, match="DATABASE_URL") as refused:
        Settings(DATABASE_URL=url)

    assert "secret" not in str(refused.value)


def test_a_rate_that_makes_no_sense_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="RATE_LIMIT"):
        Settings(RATE_LIMIT="often")
