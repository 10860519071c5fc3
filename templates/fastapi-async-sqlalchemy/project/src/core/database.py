"""The database: where sessions come from.

A transaction is committed as a whole or, after an error or a cancellation, not at all. Reads
go without one: each statement sees what is committed when it begins, and PostgreSQL is asked
once where a transaction would ask three times.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from src.core import database_url, migrations, postgresql, sqlite
from src.core.config import Settings
from src.core.project import ROOT

KINDS = {"sqlite": sqlite, "postgresql": postgresql}


class Database:
    def __init__(self, settings: Settings) -> None:
        self.url = settings.DATABASE_URL
        url = database_url.parse(self.url, ROOT)
        self.kind = url.get_backend_name()
        self.engine, self.reader = KINDS[self.kind].engines(url, settings)
        self._transactions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._readings = async_sessionmaker(self.reader, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Committed at the end of the block, rolled back after an error."""
        async with self._transactions.begin() as session:
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """For reads alone."""
        async with self._readings() as session:
            yield session

    async def check(self) -> None:
        """Raises unless the database answers now."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

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
            await migrations.upgrade(database.engine)
        yield database
    finally:
        await database.close()
