"""PostgreSQL, through asyncpg."""

import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from src.core.config import Settings
from src.core.database_errors import DatabaseUnavailable
from src.core.project import PROJECT

CONNECT_TIMEOUT_S = 5

# The first at once, since it is a limit for the second, too. An older server does not know all of
# these names.
WITHOUT_LIMITS = (
    "SET LOCAL statement_timeout = 0",
    "SELECT set_config(name, '0', true) FROM pg_settings WHERE name IN"
    " ('lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')",
)


def engines(url: URL, settings: Settings) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine]:
    """For transactions, for reads, and for single statements that write; they share a pool."""
    timeout_ms = round(settings.DATABASE_STATEMENT_TIMEOUT * 1000)
    engine = create_async_engine(
        url,
        pool_size=settings.DATABASE_POOL_SIZE,
        max_overflow=settings.DATABASE_MAX_OVERFLOW,
        pool_timeout=settings.DATABASE_POOL_TIMEOUT,
        pool_recycle=settings.DATABASE_POOL_RECYCLE or -1,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "server_settings": {
                "application_name": PROJECT.name,
                "statement_timeout": str(timeout_ms),
            },
        },
    )
    _explain_that_nobody_answers(engine)
    _ping_after_idle(engine, settings.DATABASE_PING_AFTER_IDLE)
    by_themselves = engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine, by_themselves, by_themselves


def migrator(url: URL) -> AsyncEngine:
    """For migrations, which no limit ends: neither one of ours nor one of the server."""
    engine = create_async_engine(
        url,
        poolclass=NullPool,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "server_settings": {"application_name": PROJECT.name},
        },
    )
    _explain_that_nobody_answers(engine)

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        for statement in WITHOUT_LIMITS:
            connection.exec_driver_sql(statement)

    return engine


def _explain_that_nobody_answers(engine: AsyncEngine) -> None:
    """SQLAlchemy knows the errors of a database, and these are errors of the network."""

    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(dialect: Dialect, record: Any, args: Any, parameters: Any) -> Any:
        try:
            return dialect.connect(*args, **parameters)
        except OSError as error:  # a TimeoutError is one, too
            raise DatabaseUnavailable(str(error) or "no answer in time") from error


def _ping_after_idle(engine: AsyncEngine, seconds: float) -> None:
    """Like `pool_pre_ping`, which pings before each use and so costs a third of a short read."""

    @event.listens_for(engine.sync_engine, "checkin")
    def checkin(connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def checkout(connection: Any, record: Any, proxy: Any) -> None:
        now = time.monotonic()
        if now - record.info.get("idle_since", now) > seconds:
            _ping(engine.dialect, connection)


def _ping(dialect: Dialect, connection: Any) -> None:
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error
