"""Each test has the database for itself, in a transaction of which nothing stays.

It is a new SQLite file or, with TEST_DATABASE_URL=postgresql://user:password@localhost/postgres,
a new database on that server, which is removed at the end.
"""

import asyncio
import gc
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import Executable, Result
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm.session import JoinTransactionMode

from src.core.config import Settings
from src.core.database import Database, opened
from src.env_file import SETTINGS
from src.main import create_app
from src.models import Base

# Modules of fixtures that belong to parts of the application.
pytest_plugins: list[str] = []

SERVER_URL = os.environ.get("TEST_DATABASE_URL") or None

for each in SETTINGS:  # the defaults, whatever is set on this machine
    each.model_config["env_file"] = None
    for setting in each.model_fields:
        os.environ.pop(setting, None)


def settings(**changes: Any) -> Settings:
    """The defaults and these changes."""
    return Settings.model_construct(**changes)


@asynccontextmanager
async def started(app: FastAPI, root_path: str = "") -> AsyncIterator[AsyncClient]:
    """A client of the application, between its start and its end."""
    transport = ASGITransport(app, root_path=root_path)
    client = AsyncClient(transport=transport, base_url="http://test")
    async with app.router.lifespan_context(app), client:
        yield client


class OneConnection(Database):
    """What its sessions commit are savepoints in the transaction of one connection.

    They take turns: a test of what happens at the same time uses `committed` instead.
    """

    connection: AsyncConnection

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.turn = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        async with self._session("create_savepoint") as session, session.begin():
            yield session

    async def execute(self, statement: Executable, params: Any = None) -> Result[Any]:
        begun = self.reading() if statement.is_select else self.transaction()
        async with begun as session:
            return await session.execute(statement, params)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with self._session("rollback_only") as session:
            yield session

    @asynccontextmanager
    async def _session(self, mode: JoinTransactionMode) -> AsyncIterator[AsyncSession]:
        session = AsyncSession(self.connection, expire_on_commit=False, join_transaction_mode=mode)
        async with self.turn, session:
            yield session


@cache
def one_connection(url: str) -> OneConnection:
    """To open it, and to compile each statement for it, takes longer than most tests."""
    return OneConnection(settings(DATABASE_URL=url))


@asynccontextmanager
async def rolled_back(settings: Settings) -> AsyncIterator[Database]:
    database = one_connection(settings.DATABASE_URL)
    async with database.engines.transactions.connect() as database.connection:
        await database.connection.begin()
        yield database


@pytest.fixture(scope="session")
async def database_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A database for these tests alone, with all tables and nothing in them."""
    url = await new_database(tmp_path_factory.mktemp("database"))
    await migrate(url)
    yield url
    await one_connection(url).close()
    await remove_database(url)


async def new_database(folder: Path) -> str:
    if SERVER_URL is None:
        return f"sqlite:///{folder / 'test.db'}"
    name = f"test_{token_hex(8)}"
    await execute(SERVER_URL, f"CREATE DATABASE {name}")
    return make_url(SERVER_URL).set(database=name).render_as_string(hide_password=False)


async def remove_database(url: str) -> None:
    if SERVER_URL is not None:
        await execute(SERVER_URL, f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Database]:
    """A database without a table."""
    url = await new_database(tmp_path)
    database = Database(settings(DATABASE_URL=url))
    yield database
    await database.close()
    await remove_database(url)


async def execute(url: str, statement: str) -> None:
    given = settings(DATABASE_URL=url, MIGRATE_AT_START=False)
    async with opened(given) as database, database.engines.reads.connect() as connection:
        await connection.exec_driver_sql(statement)


async def migrate(url: str) -> None:
    async with opened(settings(DATABASE_URL=url, MIGRATE_AT_START=True)):
        pass


# FastAPI takes some 20 ms to set up its routes, so the tests share one application. It has
# no state of its own: each start opens the database that the settings name at that moment.
DEFAULTS = settings()
APP = create_app(DEFAULTS, rolled_back)


App = Callable[..., AbstractAsyncContextManager[AsyncClient]]


@pytest.fixture
async def app(database_url: str, root_path: str, monkeypatch: pytest.MonkeyPatch) -> App:
    """Starts the application, on this database and with these changed settings."""

    def start(**changes: Any) -> AbstractAsyncContextManager[AsyncClient]:
        for name, value in {"DATABASE_URL": database_url, **changes}.items():
            if name in Settings.model_fields:
                monkeypatch.setattr(DEFAULTS, name, value)
            else:  # a part of the application reads it when it is opened
                as_text = value if isinstance(value, str) else json.dumps(value)
                monkeypatch.setenv(name, as_text)
        return started(APP, root_path)

    return start


@pytest.fixture
async def async_client(app: App) -> AsyncIterator[AsyncClient]:
    async with app() as client:
        yield client


@pytest.fixture
def root_path() -> str:
    """Of a proxy; a test may parametrize it."""
    return ""


@pytest.fixture
async def committed(database_url: str) -> AsyncIterator[Settings]:
    """Settings for an application that really commits; the tables are emptied afterwards."""
    changed = settings(DATABASE_URL=database_url, MIGRATE_AT_START=False)
    yield changed
    async with opened(changed) as database, database.transaction() as session:
        for table in reversed(Base.metadata.sorted_tables):
            await session.execute(table.delete())


@pytest.fixture
def database(async_client: AsyncClient) -> Database:
    """The one of the client's application, to look behind it."""
    found: Database = APP.state.database
    return found


@pytest.fixture
def garbage_stays() -> Iterator[None]:
    """So that what is let go of in the end by chance is not taken for let go of at once."""
    gc.disable()
    yield
    gc.enable()


def pytest_collection_finish() -> None:
    """What is imported stays: the garbage collector need not look through it time and again."""
    gc.freeze()
