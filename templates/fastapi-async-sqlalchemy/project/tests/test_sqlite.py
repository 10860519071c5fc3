"""SQLite: whoever is cancelled lets go of the file at once, not when the garbage is collected."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from src.core.database import Database, opened
from src.crud.users import USERS
from src.schemas.base import PageQuery
from tests.conftest import settings
from tests.test_users import ADA, some_users


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.db"


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    async with opened(settings(DATABASE_URL=f"sqlite:///{file}")) as database:
        async with database.transaction() as session:
            await USERS.add_all(session, some_users(3))
        yield database


async def write(database: Database) -> None:
    async with database.transaction() as session:
        await USERS.add(session, ADA)
        await USERS.page(session, PageQuery())


async def read(database: Database) -> None:
    async with database.reading() as session:
        await USERS.page(session, PageQuery())


@pytest.mark.usefixtures("garbage_stays")
@pytest.mark.parametrize(
    ("work", "word"), [(write, "BEGIN"), (write, "INSERT"), (write, "SELECT"), (read, "SELECT")]
)
async def test_whoever_is_cancelled_in_the_middle_of_a_statement_keeps_nobody_waiting(
    database: Database, file: Path, work: Callable[[Database], Awaitable[None]], word: str
) -> None:
    for engine in (database.engines.transactions, database.engines.reads):

        @event.listens_for(engine.sync_engine, "before_cursor_execute")
        def cancel(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith(word):
                task.cancel()  # it is sent all the same, but nobody fetches what it finds

    task = asyncio.ensure_future(work(database))
    await asyncio.wait({task})

    assert task.cancelled()
    with closing(sqlite3.connect(file, timeout=0)) as other:
        other.execute("DELETE FROM users")
        other.commit()
        blocked, *_ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert not blocked
