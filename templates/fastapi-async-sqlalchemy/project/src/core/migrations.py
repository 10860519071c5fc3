"""Runs the migrations in src/migrations with Alembic."""

from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

FOLDER = Path(__file__).resolve().parents[1] / "migrations"


def kept_tables() -> set[str]:
    """Those that no model has any more and whose data stays: migrations name them in `kept`."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(FOLDER)).walk_revisions()
    return {table for script in scripts for table in getattr(script.module, "kept", ())}


def is_compared(thing: Any, name: str | None, kind: str, reflected: bool, model: Any) -> bool:
    """Whether Alembic looks for differences between the models and the database here."""
    return kind != "table" or model is not None or not reflected or name not in kept_tables()


async def upgrade(migrator: AsyncEngine, revision: str = "heads") -> None:
    """In one transaction: all steps or, after an error, none."""
    await _migrate(migrator, "upgrade", revision)


async def downgrade(migrator: AsyncEngine, revision: str) -> None:
    await _migrate(migrator, "downgrade", revision)


async def _migrate(migrator: AsyncEngine, command: str, revision: str) -> None:
    async with migrator.begin() as connection:
        await connection.run_sync(_run, command, revision)


def _run(connection: Connection, name: str, revision: str) -> None:
    # Importing these takes a fifth of the start, which a server that does not migrate can save.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    getattr(command, name)(config, revision)
