"""The tables, brought up to date by Alembic: what is to be done stands in src/migrations."""

from pathlib import Path

from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

FOLDER = Path(__file__).resolve().parents[1] / "migrations"


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """In one transaction: all steps or, after an error, none."""
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade, revision)


def _upgrade(connection: Connection, revision: str) -> None:
    # A fifth of the start, which a server whose tables are there need not cost.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    command.upgrade(config, revision)
