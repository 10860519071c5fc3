"""What a transaction promises, whatever becomes of the request, and that no connection is lost."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from src.api.deps import DatabaseDep, Transaction
from src.core import postgresql
from src.core.config import Settings
from src.core.database import Database
from src.core.database_errors import DatabaseUnavailable
from src.core.errors import AppError
from src.core.project import PROJECT
from src.crud.users import USERS
from src.main import create_app
from tests.conftest import SERVER_URL, settings, started
from tests.test_users import ADA

# Statements that take longer than any test waits.
ENDLESS = {
    "postgresql": "SELECT pg_sleep(600)",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT max(i) FROM n",
}

AT_WORK = """
    SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(600)'
"""


class Failure(AppError):
    def __init__(self) -> None:
        super().__init__("On purpose")


def with_routes_that_go_wrong(settings: Settings) -> FastAPI:
    app = create_app(settings)

    @app.post("/fails")
    async def fail(session: Transaction) -> None:
        await USERS.add(session, ADA)
        raise Failure

    @app.post("/endless")
    async def write_endlessly(session: Transaction) -> None:
        await USERS.add(session, ADA)
        await session.execute(text(ENDLESS[session.get_bind().dialect.name]))

    @app.put("/endless")
    async def execute_endlessly(database: DatabaseDep) -> None:
        await database.execute(text(ENDLESS[database.kind]))

    @app.get("/endless")
    async def read_endlessly(database: DatabaseDep) -> None:
        await database.execute(text(ENDLESS[database.kind]).columns())

    return app


def connections_in_use(app: FastAPI) -> int:
    database: Database = app.state.database
    pools: Any = {engine.pool for engine in database.engines}
    return sum(pool.checkedout() for pool in pools)


async def statements_at_work(database: Database) -> int:
    """As the server sees it. SQLite has none: there, the next write shows that it is free."""
    if database.kind == "sqlite":
        return 0
    async with database.reading() as session:
        count: int = (await session.execute(text(AT_WORK))).scalar_one()
    return count


async def nothing_is_left(app: FastAPI, client: AsyncClient) -> None:
    async with asyncio.timeout(5):
        while connections_in_use(app):  # noqa: ASYNC110  # some may be those of jobs
            await asyncio.sleep(0.01)
    assert await statements_at_work(app.state.database) == 0
    assert (await client.get("/users/")).json() == []
    async with asyncio.timeout(5):
        assert (await client.post("/users/", json=ADA)).status_code == 201


async def test_what_a_failing_request_has_written_is_not_kept(committed: Settings) -> None:
    app = with_routes_that_go_wrong(committed)
    async with started(app) as client:
        assert (await client.post("/fails")).status_code == 500
        await nothing_is_left(app, client)


@pytest.mark.usefixtures("garbage_stays")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("limit", ["REQUEST_TIMEOUT", "DATABASE_STATEMENT_TIMEOUT"])
async def test_what_takes_too_long_is_cancelled_where_it_is_done(
    committed: Settings, method: str, limit: str
) -> None:
    limits = {"REQUEST_TIMEOUT": 0, "DATABASE_STATEMENT_TIMEOUT": 0, limit: 0.1}
    app = with_routes_that_go_wrong(committed.model_copy(update=limits))
    async with started(app) as client:
        async with asyncio.timeout(5):
            response = await client.request(method, "/endless")

        assert response.status_code == 504
        assert response.json() == {"detail": "Request timeout"}
        await nothing_is_left(app, client)


async def test_a_request_that_is_cancelled_leaves_nothing(committed: Settings) -> None:
    app = with_routes_that_go_wrong(committed)
    async with started(app) as client:
        requests = [asyncio.create_task(client.request(m, "/endless")) for m in ("GET", "POST")]
        async with asyncio.timeout(5):
            while connections_in_use(app) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        for request in requests:
            request.cancel()
        await asyncio.gather(*requests, return_exceptions=True)

        await nothing_is_left(app, client)


async def test_a_transaction_is_committed_before_the_answer_begins(committed: Settings) -> None:
    app = create_app(committed)

    @app.post("/writes")
    async def write(session: Transaction) -> None:
        await USERS.add(session, ADA)

    async with started(app) as client:

        @event.listens_for(app.state.database.engines.transactions.sync_engine, "commit")
        def fail(connection: Any) -> None:
            raise Failure

        response = await client.post("/writes")

        assert response.status_code == 500
        assert response.json() == {"detail": "On purpose"}
        assert (await client.get("/users/")).json() == []


async def test_one_statement_is_committed_when_it_returns(committed: Settings) -> None:
    here, there = Database(committed), Database(committed)
    user = await USERS.add(here, ADA)

    assert await USERS.get(there, user.id) == user
    with pytest.raises(IntegrityError):
        await USERS.update(here, user.id, {"username": None})
    assert await USERS.get(there, user.id) == user
    await here.close()
    await there.close()


async def test_who_finds_no_free_connection_is_told_so_in_time(committed: Settings) -> None:
    few = {"DATABASE_POOL_SIZE": 1, "DATABASE_MAX_OVERFLOW": 0, "DATABASE_POOL_TIMEOUT": 0.05}
    app = create_app(committed.model_copy(update=few))
    async with started(app) as client:
        async with app.state.database.reading() as session:
            await session.execute(text("SELECT 1"))
            response = await client.get("/users/")

        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
        assert (await client.get("/users/")).status_code == 200


async def test_requests_share_the_connections_of_the_pool(committed: Settings) -> None:
    few = {"DATABASE_POOL_SIZE": 3, "DATABASE_MAX_OVERFLOW": 0}
    app = create_app(committed.model_copy(update=few))
    opened = 0
    async with started(app) as client:

        @event.listens_for(app.state.database.engines.reads.sync_engine, "connect")
        def count(connection: Any, record: Any) -> None:
            nonlocal opened
            opened += 1

        responses = await asyncio.gather(*(client.get("/users/") for _ in range(12)))

    assert {response.status_code for response in responses} == {200}
    assert 1 <= opened <= 3


@pytest.mark.skipif(not SERVER_URL, reason="needs TEST_DATABASE_URL")
async def test_behind_a_pooler_nothing_is_left_for_the_next_transaction(
    committed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_is_pooled", lambda connection: True)
    database = Database(committed)
    user = await USERS.add(database, ADA)
    assert await USERS.get(database, user.id) == user

    prepared = await database.execute(text("SELECT name FROM pg_prepared_statements").columns())
    assert prepared.all() == []
    limit = text("SHOW statement_timeout")
    assert (await database.execute(limit.columns())).scalar_one() == "10s"
    async with database.engines.transactions.connect() as connection:
        raw: Any = await connection.get_raw_connection()
        assert await raw.driver_connection.fetchval("SHOW statement_timeout") == "0"
    await database.close()


@pytest.mark.skipif(not SERVER_URL, reason="needs TEST_DATABASE_URL")
async def test_a_server_itself_is_not_taken_for_a_pooler(committed: Settings) -> None:
    database = Database(committed)
    async with database.engines.transactions.connect() as connection:
        info = await connection.run_sync(lambda sync: sync.info)

    assert postgresql.POOLED not in info
    await database.close()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("40P01", 503),  # a deadlock
        ("40001", 503),  # a serialization failure
        ("42P01", 503),  # there is no such table
        ("53100", 507),  # the disk is full
        ("53300", 503),  # too many connections
        ("57014", 504),  # the statement took too long
        ("57P01", 503),  # the server is shut down
        ("42601", 500),  # a mistake in the SQL
    ],
)
async def test_an_error_of_the_database_has_its_own_answer(
    async_client: AsyncClient,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    status: int,
) -> None:
    class DriverError(Exception):
        sqlstate = code

    async def fail(*args: Any) -> None:
        raise DBAPIError("SELECT 1", {}, DriverError("secret"))

    monkeypatch.setattr(database, "execute", fail)
    response = await async_client.get("/users/")

    assert response.status_code == status
    assert "secret" not in response.text
    if status == 503:
        assert response.headers["Retry-After"] == "1"


@pytest.mark.skipif(not SERVER_URL, reason="needs TEST_DATABASE_URL")
@pytest.mark.parametrize(
    ("query", "setting", "value"),
    [
        ("application_name=till%202", "application_name", "till 2"),
        ("", "application_name", PROJECT.name),
        ("options=-c%20search_path%3Dshop", "search_path", "shop"),
        ("target_session_attrs=read-write&connect_timeout=3", "transaction_read_only", "off"),
        ("sslmode=disable", "search_path", '"$user", public'),
    ],
)
async def test_the_parameters_of_a_url_reach_the_server(
    query: str, setting: str, value: str
) -> None:
    database = Database(settings(DATABASE_URL=f"{SERVER_URL}?{query}"))
    found = text(f"SELECT current_setting('{setting}', true)").columns()

    assert (await database.execute(found)).scalar_one() == value
    await database.close()


@pytest.mark.skipif(not SERVER_URL, reason="needs TEST_DATABASE_URL")
async def test_the_first_of_several_hosts_that_answers_is_used(unused_tcp_port: int) -> None:
    url = make_url(str(SERVER_URL))
    there = f"{url.host}:{url.port or 5432}"
    login = f"{url.username}:{url.password or ''}"
    hosts = f"127.0.0.1:{unused_tcp_port},{there}"
    database = Database(settings(DATABASE_URL=f"postgresql://{login}@{hosts}/{url.database}"))

    assert (await database.execute(text("SELECT 1").columns())).scalar_one() == 1
    await database.close()


@pytest.mark.skipif(not SERVER_URL, reason="needs TEST_DATABASE_URL")
@pytest.mark.parametrize("query", ["target_session_attrs=standby", "sslmode=require"])
async def test_a_server_that_the_url_does_not_want_is_one_that_cannot_be_reached(
    query: str,
) -> None:
    database = Database(settings(DATABASE_URL=f"{SERVER_URL}?{query}"))

    with pytest.raises(DatabaseUnavailable):
        await database.execute(text("SELECT 1").columns())
    await database.close()
