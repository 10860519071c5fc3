"""Runs the migrations, for the command `alembic` and for src.core.migrations."""

import asyncio
from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator
from sqlalchemy.engine import Connection

from src.core.config import Settings
from src.core.database import Database
from src.core.migrations import is_compared
from src.core.sqlite_migrations import AfterEachMigration
from src.models import Base

# Any number that no other application of this server uses.
LOCK = 7_316_228


def migrate(connection: Connection) -> None:
    """Of two processes that migrate at the same time, the second waits and finds nothing to do."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transactional_ddl=True,  # SQLite can do it, although Alembic does not expect it to
        render_as_batch=True,  # SQLite cannot alter a table: it makes a new one and copies
        render_item=render_item,
        include_object=is_compared,
        on_version_apply=AfterEachMigration(connection) if sqlite else None,
    )
    with context.begin_transaction():
        context.run_migrations()


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Migrations import nothing from the models, which change after them."""
    return f"sa.{item.impl!r}" if isinstance(item, TypeDecorator) else False


async def connect_and_migrate() -> None:
    async with Database(Settings()).migrator.begin() as connection:
        await connection.run_sync(migrate)


if connection := context.config.attributes.get("connection"):
    migrate(connection)
else:
    asyncio.run(connect_and_migrate())
