"""The settings: environment variables, then the file .env, then the defaults below."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    HttpUrl,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from src.core import database_url
from src.core.project import ROOT

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]

# In this process, or in a Redis for all processes and machines together.
MemoryOrRedis = Annotated[str, StringConstraints(pattern=r"^(memory://|rediss?://.+)$")]


def _database_url(text: str) -> str:
    database_url.parse(text, ROOT)
    return text


def _rate(text: str) -> str:
    if text in {"", "0"}:
        return ""
    from limits import parse  # a tenth of the start, which a limit that is off need not cost

    return text if parse(text).amount else ""


class Settings(BaseSettings):
    """README.md says what each one does."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env",
        env_file_encoding="utf-8",
        hide_input_in_errors=True,  # a URL may have a password
    )

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
    MAX_CONCURRENT_QUERIES: NonNegativeInt = 5

    # The requests
    MAX_BODY_SIZE: NonNegativeInt = 1024 * 1024
    MAX_CONCURRENT_REQUESTS: NonNegativeInt = 4096
    REQUEST_TIMEOUT: Seconds = 30
    RATE_LIMIT: Annotated[str, AfterValidator(_rate)] = ""
    RATE_LIMIT_STORAGE_URL: str = "memory://"
    CORS_ORIGINS: str = ""
    PROCESS_TIME_HEADER: bool = True

    # The services outside
    SOURCES: dict[str, HttpUrl] = {
        "user": HttpUrl("https://jsonplaceholder.typicode.com/users/1"),
        "post": HttpUrl("https://jsonplaceholder.typicode.com/posts/1"),
        "album": HttpUrl("https://jsonplaceholder.typicode.com/albums/1"),
    }
    SOURCE_TIMEOUT: Seconds = 10
    HTTP_TIMEOUT: Seconds = 5
    HTTP_ATTEMPTS: PositiveInt = 3
    HTTP_MAX_CONNECTIONS: NonNegativeInt = 100

    # The files
    UPLOAD_FOLDER: Annotated[Path, AfterValidator(lambda path: ROOT / path)] = Path("data/uploads")
    UPLOAD_TYPES: dict[str, str] = {
        ".csv": "text/csv",
        ".gif": "image/gif",
        ".jpeg": "image/jpeg",
        ".jpg": "image/jpeg",
        ".json": "application/json",
        ".pdf": "application/pdf",
        ".png": "image/png",
        ".txt": "text/plain",
        ".webp": "image/webp",
        ".zip": "application/zip",
    }
    MAX_UPLOAD_SIZE: NonNegativeInt = 100 * 1024 * 1024
    TRANSFER_TIMEOUT: Seconds = 600

    # The cache
    CACHE_URL: MemoryOrRedis = "memory://"
    CACHE_TTL: Seconds = 60
    CACHE_SIZE: PositiveInt = 10_000

    # The jobs
    QUEUE_URL: MemoryOrRedis = "memory://"
    JOB_ATTEMPTS: PositiveInt = 5
    JOB_TAKEOVER_AFTER: PositiveFloat = 30
    JOB_KEEP: NonNegativeInt = 30
    MAX_CONCURRENT_JOBS: NonNegativeInt = 10

    # The log
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    LOG_REQUESTS: bool = False

    @field_validator("*", mode="before")
    @classmethod
    def _empty_switches_off(cls, value: Any, info: ValidationInfo) -> Any:
        default = cls.model_fields[str(info.field_name)].default
        if value != "" or not isinstance(default, int | float | None):
            return value
        return None if default is None else 0
