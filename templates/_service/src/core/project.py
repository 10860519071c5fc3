"""What pyproject.toml says of the project: the one place where it is written down."""

import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Project(NamedTuple):
    name: str = "API"
    version: str = "0.1.0"
    description: str = ""

    @classmethod
    def read(cls, file: Path) -> "Project":
        # A container may hold nothing but src.
        table = tomllib.loads(file.read_text("utf-8")).get("project", {}) if file.exists() else {}
        return cls(**{key: table[key] for key in cls._fields if key in table})


PROJECT = Project.read(ROOT / "pyproject.toml")
