"""The settings."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from src import env_file as env_file_module
from src.core import database_url
from src.core.config import Settings
from src.core.project import ROOT
from src.env_file import SETTINGS, read_settings

LIMITS = [
    (part, name)
    for part in SETTINGS
    for name in part.model_fields
    if name.startswith("MAX_") or name.endswith(("_TIMEOUT", "_TTL")) or name == "RATE_LIMIT"
]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("sqlite:///data/app.db", f"{ROOT}/data/app.db"),
        ("sqlite:////var/app.db", "/var/app.db"),
        ("postgres://a:b@c/d", "postgresql://a:b@c/d"),
        ("postgresql+asyncpg://a@c/d?ssl=require", "postgresql://a@c/d?sslmode=require"),
        ("postgresql://a:p/%40@c:1,d:2/e", "postgresql://a:p%2F%40@c:1,d:2/e"),
        ("postgresql://[::1]:5433/d", "postgresql://[::1]:5433/d"),
        ("postgresql:///d?host=c:1&host=d:2", "postgresql:///d?host=c%3A1%2Cd%3A2"),
        ("postgresql://c/d?channel_binding=prefer&sslsni=1", "postgresql://c/d"),
    ],
)
def test_a_url_needs_no_driver_and_a_file_starts_at_the_project(given: str, address: str) -> None:
    assert database_url.parse(Settings(DATABASE_URL=given).DATABASE_URL, ROOT).address == address


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("connect_timeout=3", {"timeout": 3}),
        ("connect_timeout=0", {"timeout": None}),
        ("statement_cache_size=0", {"statement_cache_size": 0}),
    ],
)
def test_some_parameters_of_a_url_are_arguments_of_the_driver(
    query: str, arguments: dict[str, Any]
) -> None:
    assert database_url.parse(f"postgresql://c/d?{query}", ROOT).arguments == arguments


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("postgresql://a@c/d", "postgresql://a@c/d?password=pass%20word"),
        ("postgresql://a:own@c/d", "postgresql://a:own@c/d"),
        ("postgresql://a@c/d?password=own", "postgresql://a@c/d?password=own"),
    ],
)
def test_a_password_can_stand_beside_the_url(url: str, used: str) -> None:
    assert database_url.parse(url, ROOT, "pass word").address == used


@pytest.mark.parametrize(
    "url",
    [
        "",
        "app.db",
        "mysql://a:secret@c/d",
        "postgresql://h:port/",
        "sqlite://",
        "sqlite:///app.db?mode=ro",
        "postgresql://a:secret@c/d?sslmode=yes",
        "postgresql://a:secret@c/d?target_session_attrs=master",
        "postgresql://a:secret@c/d?connect_timeout=soon",
        "postgresql://a:secret@c/d?keepalives=1",
        "postgresql://a:secret@c/d?channel_binding=require",
        "postgresql://c/d?pasword=secret",
    ],
)
def test_a_url_of_no_use_is_refused_at_the_start_and_its_password_not_shown(url: str) -> None:
    with pytest.raises(ValidationError, match="DATABASE_URL") as refused:
        Settings(DATABASE_URL=url)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("off", ["", "0"])
@pytest.mark.parametrize(("part", "name"), LIMITS)
def test_0_or_nothing_switches_a_limit_off(
    part: type[BaseSettings], name: str, off: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, off)

    assert not getattr(part(), name)


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


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(env_file_module, "ROOT", tmp_path)
    for part in SETTINGS:
        monkeypatch.setitem(part.model_config, "env_file", tmp_path / ".env")
    return tmp_path / ".env"


def test_the_password_that_compose_reads_may_stand_in_the_same_file(env_file: Path) -> None:
    env_file.write_text("POSTGRES_PASSWORD=secret\n", "utf-8")

    assert read_settings().POSTGRES_PASSWORD == "secret"  # noqa: S105


@pytest.mark.parametrize("part", SETTINGS)
def test_the_file_may_have_the_settings_of_every_part(
    part: type[BaseSettings], env_file: Path
) -> None:
    lines = [f"{name}={default}" for name, default in simple_defaults(part)]
    env_file.write_text("\n".join(lines), "utf-8")

    assert isinstance(read_settings(), Settings)
    assert part()


def simple_defaults(part: type[BaseSettings]) -> list[tuple[str, Any]]:
    defaults = ((name, field.default) for name, field in part.model_fields.items())
    return [(name, default) for name, default in defaults if isinstance(default, int | str)]


def test_a_name_that_no_setting_has_is_refused(env_file: Path) -> None:
    env_file.write_text("MAX_BODY_SISE=1\n", "utf-8")

    with pytest.raises(ValueError, match="MAX_BODY_SISE"):
        read_settings()
