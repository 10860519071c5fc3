"""The settings: environment variables, then the file .env, then the defaults below."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict

from src.core.project import ROOT, in_project


def _rate(text: str) -> str:
    if text:
        from limits import parse  # a tenth of the start, which a limit that is off need not cost

        parse(text)
    return text


class Settings(BaseSettings):
    """What each one does is told in README.md."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", env_file_encoding="utf-8")

    DATA_FILE: Annotated[Path, AfterValidator(in_project)] = Path("src/mocks/mock_items.json")
    MAX_BODY_SIZE: PositiveInt = 1024 * 1024
    MAX_CONCURRENT_REQUESTS: NonNegativeInt = 4096
    REQUEST_TIMEOUT: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 30
    RATE_LIMIT: Annotated[str, AfterValidator(_rate)] = ""
    RATE_LIMIT_STORAGE_URL: str = "memory://"
    PROCESS_TIME_HEADER: bool = True
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    LOG_REQUESTS: bool = False
