"""The database: where sessions come from.

A transaction is committed as a whole or, after an error or a cancellation, not at all. One
statement is that by itself, so it needs no transaction around it: PostgreSQL is asked once then,
and not three times.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

from sqlalchemy import Executable, Result, inspect
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from src.core import database_url, migrations, postgresql, sqlite
from src.core.config import Settings
from src.core.database_errors import DatabaseUnavailable, NotMigrated
from src.core.project import ROOT
from src.models import Base

TABLES = {table.name for table in Base.metadata.tables.values() if not table.schema}

# Less than whoever watches over the server waits.
CHECK_S = 2

KINDS = {"sqlite": sqlite, "postgresql": postgresql}


class Executor(Protocol):
    """A session, or the database itself for statements that are each a transaction."""

    async def execute(self, statement: Executable, params: Any = None) -> Result[Any]: ...


class Database:
    def __init__(self, settings: Settings) -> None:
        self.url = settings.DATABASE_URL
        url = database_url.parse(self.url, ROOT)
        self.kind = url.get_backend_name()
        engines: tuple[AsyncEngine, ...] = KINDS[self.kind].engines(url, settings)
        self.engine, self.reader, self.writer = engines
        self.migrator: AsyncEngine = KINDS[self.kind].migrator(url)
        self.checker: AsyncEngine = KINDS[self.kind].checker(url)
        self._transactions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._readings = async_sessionmaker(self.reader, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Committed at the end of the block, rolled back after an error."""
        async with self._transactions.begin() as session:
            yield session

    async def execute(self, statement: Executable, params: Any = None) -> Result[Any]:
        """One statement, committed when this returns."""
        single = self.reader.connect() if statement.is_select else self.writer.begin()
        async with single as connection:
            return await connection.execute(statement, params)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """For reads alone."""
        async with self._readings() as session:
            yield session

    async def check(self) -> None:
        """Raises unless the database answers now and has the tables."""
        try:
            async with asyncio.timeout(CHECK_S), self.checker.connect() as connection:
                there = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        except TimeoutError as error:
            raise DatabaseUnavailable(f"no answer in {CHECK_S} s") from error
        if missing := TABLES - {*there}:
            raise NotMigrated(f"there is no table {', '.join(sorted(missing))}")

    async def close(self) -> None:
        for engine in (self.reader, self.engine, self.checker):
            await engine.dispose()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """A SQLite file gets its tables here; a server gets them by `alembic upgrade head`."""
    database = Database(settings)
    wanted = settings.MIGRATE_AT_START
    try:
        if wanted or (wanted is None and database.kind == "sqlite"):
            await migrations.upgrade(database.migrator)
        yield database
    finally:
        await database.close()
