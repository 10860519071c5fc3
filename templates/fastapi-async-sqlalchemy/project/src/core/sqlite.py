"""SQLite: one writer and many readers, in one file with a log beside it.

All writes wait for the one connection that may write. Left to itself, SQLite would let several try
and tell some of them that "the database is locked".
"""

import logging
import math
import sqlite3
import time
from pathlib import Path
from typing import Any
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from src.core.config import Settings
from src.core.database_errors import code_of
from src.core.database_url import DatabaseUrl
from src.core.engines import Engines

logger = logging.getLogger(__name__)

# How long to wait for other processes that write.
BUSY_TIMEOUT_MS = 10_000

# With the log (WAL), readers and the writer do not wait for each other, and NORMAL is safe: a
# crash of the process loses nothing, a power failure at most the last moment's writes.
PRAGMAS = f"""
PRAGMA busy_timeout = {BUSY_TIMEOUT_MS};
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA foreign_keys = ON;
"""

STEPS_BETWEEN_LOOKS = 10_000


class ClosingConnection(sqlite3.Connection):
    """Closes its cursors, too.

    A cursor that was cancelled in the middle of a statement would keep the file open, and with it
    the transaction and its lock, until it is garbage collected.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursors = WeakSet[sqlite3.Cursor]()

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        cursor = super().cursor(*args, **kwargs)
        self.cursors.add(cursor)
        return cursor

    def close(self) -> None:
        for cursor in [*self.cursors]:
            cursor.close()
        self.cursors.clear()  # it may be closed twice
        super().close()


def engines(url: DatabaseUrl, settings: Settings) -> Engines:
    """One connection writes, whether in a transaction or not; the others read."""
    patience_s = settings.DATABASE_POOL_TIMEOUT or None
    writer = _engine(url, PRAGMAS, pool_timeout=patience_s, pool_size=1, max_overflow=0)
    reader = _engine(
        url,
        PRAGMAS + "PRAGMA query_only = ON;",
        pool_timeout=patience_s,
        pool_size=settings.DATABASE_POOL_SIZE,
        max_overflow=settings.DATABASE_MAX_OVERFLOW,
    )
    for engine in (writer, reader):
        _limit(engine, settings.DATABASE_STATEMENT_TIMEOUT)
    _begin_as_writer(writer)
    return Engines(transactions=writer, reads=reader, writes=writer)


def migrator(url: DatabaseUrl) -> AsyncEngine:
    """For migrations, which have no time limit. sqlite_migrations says why foreign keys are off."""
    engine = _engine(url, PRAGMAS + "PRAGMA foreign_keys = OFF;", poolclass=NullPool)
    _begin_when_others_have_ended(engine)
    return engine


def checker(url: DatabaseUrl) -> AsyncEngine:
    """One connection more, which is free when all others are in use."""
    return _engine(url, PRAGMAS + "PRAGMA query_only = ON;", pool_size=1, max_overflow=0)


def _engine(url: DatabaseUrl, pragmas: str, **options: Any) -> AsyncEngine:
    Path(url.address).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=url.address),
        connect_args={"factory": ClosingConnection},
        **options,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # it is for us, not for the driver, to begin
        connection.run_async(lambda driver: driver.executescript(pragmas))

    return engine


def _begin_as_writer(engine: AsyncEngine) -> None:
    """A transaction that begins by reading may find the database locked when it writes."""

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_when_others_have_ended(engine: AsyncEngine) -> None:
    """However long that takes, such as while another process migrates."""

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                if not code_of(error).startswith("SQLITE_BUSY"):
                    raise
                logger.warning("the migration waits for another process that writes")


class Deadline:
    """When the current statement of a connection must end."""

    def __init__(self) -> None:
        self.at = math.inf

    def has_passed(self) -> bool:
        return time.monotonic() > self.at


def _limit(engine: AsyncEngine, seconds: float) -> None:
    """SQLite runs in a thread, which cannot be cancelled, so it looks at the clock instead."""

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        deadline = record.info["deadline"] = Deadline()
        connection.run_async(
            lambda driver: driver.set_progress_handler(deadline.has_passed, STEPS_BETWEEN_LOOKS)
        )

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def before(connection: Connection, *args: Any) -> None:
        connection.info["deadline"].at = time.monotonic() + (seconds or math.inf)

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def after(connection: Connection, *args: Any) -> None:
        connection.info["deadline"].at = math.inf

    @event.listens_for(engine.sync_engine, "invalidate")
    def cancelled(connection: Any, record: Any, error: BaseException | None) -> None:
        record.info["deadline"].at = 0
