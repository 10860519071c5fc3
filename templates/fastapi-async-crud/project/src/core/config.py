"""The settings: environment variables, then the file .env, then the defaults below."""

from pathlib import Path
from typing import Annotated, Literal

from limits import parse
from pydantic import AfterValidator, Field, NonNegativeInt, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from src.core.project import ROOT


def _rate(text: str) -> str:
    return text if text not in {"", "0"} and parse(text).amount else ""


class Settings(BaseSettings):
    """README.md says what each one does."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", env_file_encoding="utf-8")

    # Of the items; each other resource has a file in the same folder.
    DATA_FILE: Annotated[Path, AfterValidator(lambda path: ROOT / path)] = ROOT / "data/items.json"
    MAX_BODY_SIZE: NonNegativeInt = 1024 * 1024
    MAX_CONCURRENT_REQUESTS: NonNegativeInt = 4096
    REQUEST_TIMEOUT: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 30
    RATE_LIMIT: Annotated[str, AfterValidator(_rate)] = ""
    RATE_LIMIT_STORAGE_URL: str = "memory://"
    CORS_ORIGINS: str = ""
    PROCESS_TIME_HEADER: bool = True
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    LOG_REQUESTS: bool = False

    @field_validator("MAX_BODY_SIZE", "MAX_CONCURRENT_REQUESTS", "REQUEST_TIMEOUT", mode="before")
    @classmethod
    def _empty_switches_off(cls, value: object) -> object:
        return value or 0

    def data_file(self, name: str) -> Path:
        return self.DATA_FILE if name == "items" else self.DATA_FILE.with_name(f"{name}.json")

    def seed(self, name: str) -> Path | None:
        """What a new file begins with: nothing, where somebody has said where the data is."""
        named = "DATA_FILE" in self.model_fields_set
        return None if named else ROOT / f"src/mocks/mock_{name}.json"
