"""Runs the migrations in src/migrations with Alembic."""

from pathlib import Path

from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

FOLDER = Path(__file__).resolve().parents[1] / "migrations"


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
