"""The steps that made the tables: forth, back, and to where the models are."""

import asyncio
import os
import sys
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from src.core import migrations
from src.core.database import Database
from src.core.project import ROOT
from src.models import Base


def tables(connection: Connection) -> set[str]:
    return {*inspect(connection).get_table_names()} - {"sqlite_sequence"}


def drift(connection: Connection) -> list[Any]:
    """What a new migration would have to do."""
    options = {"compare_type": True, "include_object": migrations.is_compared}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, Base.metadata))


async def test_the_migrations_lead_to_the_models(empty: Database) -> None:
    await migrations.upgrade(empty.migrator)

    async with empty.engines.transactions.connect() as connection:
        assert await connection.run_sync(drift) == []
        made = await connection.run_sync(tables)
        known = {*Base.metadata.tables, "alembic_version"}
        assert made - known <= migrations.kept_tables()


async def test_the_migrations_lead_back_to_nothing_and_forth_again(empty: Database) -> None:
    await migrations.upgrade(empty.migrator)
    await migrations.downgrade(empty.migrator, "base")
    async with empty.engines.transactions.connect() as connection:
        assert await connection.run_sync(tables) == {"alembic_version"}

    await migrations.upgrade(empty.migrator)
    async with empty.engines.transactions.connect() as connection:
        assert await connection.run_sync(drift) == []


async def test_who_migrates_at_the_same_time_takes_turns(empty: Database) -> None:
    command, _ = await asyncio.gather(
        alembic(empty.url, "upgrade", "head"), migrations.upgrade(empty.migrator)
    )

    assert command == (0, "")
    async with empty.engines.transactions.connect() as connection:
        assert await connection.run_sync(drift) == []


async def alembic(url: str, *words: str) -> tuple[int | None, str]:
    """How the command ended, and what it said of errors."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alembic", *words),
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    return process.returncode, told.decode()
