"""The database: sessions, and statements by themselves.

A transaction is committed as a whole or, after an error or a cancellation, not at all. A single
statement is a transaction by itself, which takes one round trip to PostgreSQL instead of three.
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
from src.core.engines import Engines
from src.core.project import ROOT
from src.models import Base

TABLES = {table.name for table in Base.metadata.tables.values() if not table.schema}

CHECK_S = 2  # less than Kubernetes and Docker wait for /health

KINDS = {"sqlite": sqlite, "postgresql": postgresql}


class Executor(Protocol):
    """A session or, for statements that are each a transaction, the database itself."""

    async def execute(self, statement: Executable, params: Any = None) -> Result[Any]: ...


class Database:
    def __init__(self, settings: Settings) -> None:
        url = database_url.parse(settings.DATABASE_URL, ROOT, settings.POSTGRES_PASSWORD)
        self.url = settings.DATABASE_URL
        self.kind = url.kind
        kind = KINDS[url.kind]
        self.engines: Engines = kind.engines(url, settings)
        self.migrator: AsyncEngine = kind.migrator(url)
        self.checker: AsyncEngine = kind.checker(url)
        self._transactions = async_sessionmaker(self.engines.transactions, expire_on_commit=False)
        self._reads = async_sessionmaker(self.engines.reads, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Committed at the end of the block, rolled back after an error."""
        async with self._transactions.begin() as session:
            yield session

    async def execute(self, statement: Executable, params: Any = None) -> Result[Any]:
        """One statement, committed when this returns."""
        read = statement.is_select
        single = self.engines.reads.connect() if read else self.engines.writes.begin()
        async with single as connection:
            return await connection.execute(statement, params)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """For reads only."""
        async with self._reads() as session:
            yield session

    async def check(self) -> None:
        """Raises unless the database answers now and has the tables."""
        try:
            async with asyncio.timeout(CHECK_S), self.checker.connect() as connection:
                tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        except TimeoutError as error:
            raise DatabaseUnavailable(f"no answer in {CHECK_S} s") from error
        if missing := TABLES - {*tables}:
            raise NotMigrated(f"there is no table {', '.join(sorted(missing))}")

    async def close(self) -> None:
        for engine in {*self.engines, self.checker}:
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
