"""The settings: environment variables, then the file .env, then the defaults below."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from src.core import database_url
from src.core.project import ROOT

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _database_url(text: str) -> str:
    database_url.parse(text, ROOT)
    return text


def _rate(text: str) -> str:
    if text in {"", "0"}:
        return ""
    from limits import parse  # a tenth of the start, which a limit that is off need not cost

    return text if parse(text).amount else ""


class EnvSettings(BaseSettings):
    """Settings of one part of the application. README.md says what each one does."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env",
        env_file_encoding="utf-8",
        extra="ignore",  # names of other parts; `env_file.py` refuses those of none
        hide_input_in_errors=True,  # a URL may have a password
    )

    @field_validator("*", mode="before")
    @classmethod
    def _empty_switches_off(cls, value: Any, info: ValidationInfo) -> Any:
        default = cls.model_fields[str(info.field_name)].default
        if value != "" or not isinstance(default, int | float | None):
            return value
        return None if default is None else 0


class Settings(EnvSettings):
    # The database
    DATABASE_URL: Annotated[str, AfterValidator(_database_url)] = "sqlite:///data/app.db"
    POSTGRES_PASSWORD: str = ""  # compose.yaml reads it, too
    DATABASE_POOL_SIZE: PositiveInt = 20
    DATABASE_MAX_OVERFLOW: NonNegativeInt = 0
    DATABASE_POOL_TIMEOUT: Seconds = 10
    DATABASE_POOL_RECYCLE: Seconds = 1800
    DATABASE_PING_AFTER_IDLE: Seconds = 1
    DATABASE_STATEMENT_TIMEOUT: Seconds = 10
    MIGRATE_AT_START: bool | None = None

    # The requests
    MAX_BODY_SIZE: NonNegativeInt = 1024 * 1024
    MAX_CONCURRENT_REQUESTS: NonNegativeInt = 4096
    REQUEST_TIMEOUT: Seconds = 30
    RATE_LIMIT: Annotated[str, AfterValidator(_rate)] = ""
    RATE_LIMIT_STORAGE_URL: str = "memory://"
    CORS_ORIGINS: str = ""
    PROCESS_TIME_HEADER: bool = True

    # The log
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    LOG_REQUESTS: bool = False

    @property
    def origins(self) -> list[str]:
        """Those in CORS_ORIGINS."""
        return self.CORS_ORIGINS.replace(" ", "").split(",") if self.CORS_ORIGINS else []
