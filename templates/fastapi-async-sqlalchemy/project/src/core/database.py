"""The database: where sessions come from.

A transaction is committed as a whole or, after an error or a cancellation, not at all. One
statement is that by itself, so it needs no transaction around it: PostgreSQL is asked once then,
and not three times.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

from sqlalchemy import Executable, Result, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from src.core import database_url, migrations, postgresql, sqlite
from src.core.config import Settings
from src.core.project import ROOT

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
        """Raises unless the database answers now."""
        await self.execute(select(1))

    async def close(self) -> None:
        await self.reader.dispose()
        await self.engine.dispose()


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
