"""PostgreSQL, through asyncpg; directly or through a pooler such as PgBouncer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from src.core.config import Settings
from src.core.database_errors import DatabaseUnavailable
from src.core.database_url import DatabaseUrl
from src.core.engines import Engines
from src.core.project import PROJECT

CONNECT_TIMEOUT_S = 5

# The first comes by itself, as it limits the second, too. An older server does not have all of
# these settings.
WITHOUT_LIMITS = (
    "SET LOCAL statement_timeout = 0",
    "SELECT set_config(name, '0', true) FROM pg_settings WHERE name IN"
    " ('lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')",
)

# A pooler may run each transaction on another connection to the server. What a statement needs
# has to be in its own transaction then, and nothing can be prepared for later.
POOLED = "given by a pooler"
PREPARE_NOTHING = {"statement_cache_size": 0, "prepared_statement_cache_size": 0}


def engines(url: DatabaseUrl, settings: Settings) -> Engines:
    """They share a pool. A statement by itself needs no transaction around it."""
    engine = _engine(
        url,
        pool_size=settings.DATABASE_POOL_SIZE,
        max_overflow=settings.DATABASE_MAX_OVERFLOW,
        pool_timeout=settings.DATABASE_POOL_TIMEOUT or None,
        pool_recycle=settings.DATABASE_POOL_RECYCLE or -1,
    )
    _limit(engine, settings.DATABASE_STATEMENT_TIMEOUT)
    _ping_after_idle(engine, settings.DATABASE_PING_AFTER_IDLE)
    single_statements = _without_transactions(engine)
    return Engines(transactions=engine, reads=single_statements, writes=single_statements)


def migrator(url: DatabaseUrl) -> AsyncEngine:
    """For migrations, which have no time limit, neither ours nor the server's."""
    engine = _engine(url, poolclass=NullPool)

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        for statement in WITHOUT_LIMITS:
            connection.exec_driver_sql(statement)

    return engine


def checker(url: DatabaseUrl) -> AsyncEngine:
    """One connection more, which is free when all others are in use."""
    return _engine(url, pool_size=1, max_overflow=0, pool_pre_ping=True)


def _engine(url: DatabaseUrl, **options: Any) -> AsyncEngine:
    arguments = {"dsn": url.address, "timeout": CONNECT_TIMEOUT_S, **url.arguments}
    if "application_name=" not in url.address:
        arguments["server_settings"] = {"application_name": PROJECT.name}
    engine = create_async_engine("postgresql+asyncpg://", connect_args=arguments, **options)

    driver = engine.dialect.loaded_dbapi
    # The network and files; what the URL asks for; a server of the kind that it asks for.
    no_connection = (OSError, driver.InterfaceError, driver.InternalError)

    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(dialect: Dialect, record: Any, args: Any, parameters: Any) -> Any:
        try:
            with _new(dialect.connect(*args, **parameters)) as connection:
                if not _is_pooled(connection):
                    return connection
                connection.close()
            with _new(dialect.connect(*args, **{**parameters, **PREPARE_NOTHING})) as connection:
                record.info[POOLED] = True
                connection.cursor().execute("SELECT 1")  # what comes now is in this transaction
                return connection
        except no_connection as error:
            raise DatabaseUnavailable(str(error) or "no answer in time") from error

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, record: Any) -> None:
        connection.rollback()

    return engine


@contextmanager
def _new(connection: Any) -> Iterator[Any]:
    try:
        yield connection
    except BaseException:  # such as a cancellation
        connection.terminate()
        raise


def _is_pooled(connection: Any) -> bool:
    """A pooler invents the number of the server's process."""

    async def count(driver: Any) -> str:
        announced = driver.get_server_pid()
        answer: str = await driver.execute(f"SELECT WHERE pg_backend_pid() = {announced}")
        return answer

    return bool(connection.run_async(count) == "SELECT 0")


def _limit(engine: AsyncEngine, seconds: float) -> None:
    """The server itself cancels long statements, even when the client has died."""
    timeout_ms = round(seconds * 1000)

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        if POOLED not in record.info:
            limit = f"SET statement_timeout = {timeout_ms}"
            connection.run_async(lambda driver: driver.execute(limit))

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        if POOLED in connection.info:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {timeout_ms}")


def _without_transactions(engine: AsyncEngine) -> AsyncEngine:
    """Each statement by itself, unless a pooler needs a transaction around it."""
    single = engine.execution_options(isolation_level="AUTOCOMMIT")

    @event.listens_for(single.sync_engine, "engine_connect")
    def connect(connection: Connection) -> None:
        if POOLED in connection.info:
            connection.execution_options(isolation_level="READ COMMITTED")

    return single


def _ping_after_idle(engine: AsyncEngine, seconds: float) -> None:
    """Like `pool_pre_ping`, which pings before each use and takes a third of a short read."""

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
