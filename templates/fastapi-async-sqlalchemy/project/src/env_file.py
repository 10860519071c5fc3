"""All settings that the file .env may have."""

from dotenv import dotenv_values
from pydantic_settings import BaseSettings

from src.core.config import Settings
from src.core.project import ROOT

SETTINGS: list[type[BaseSettings]] = [
    Settings,
]


def read_settings() -> Settings:
    """Raises ValueError for a name in .env that no setting has, which is probably misspelt."""
    known = {name for each in SETTINGS for name in each.model_fields}
    unknown = {name.upper() for name in dotenv_values(ROOT / ".env")} - known
    if unknown:
        raise ValueError(f"no setting has the name {', '.join(sorted(unknown))}, which is in .env")
    return Settings()
