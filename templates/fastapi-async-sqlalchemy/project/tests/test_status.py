"""The welcome, and the health of the database."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from httpx2 import AsyncClient

from src.core import database as database_module
from src.core.config import Settings
from src.core.database import Database
from src.core.project import PROJECT
from src.main import create_app
from tests.conftest import settings, started


async def test_the_welcome_names_the_project(async_client: AsyncClient) -> None:
    assert (await async_client.get("/")).json() == {"message": f"Welcome to {PROJECT.name}!"}


async def test_a_database_that_answers_is_healthy(async_client: AsyncClient) -> None:
    response = await async_client.get("/health")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_a_database_without_tables_is_not_healthy(
    empty: Database, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings(DATABASE_URL=empty.url, MIGRATE_AT_START=False))
    async with started(app) as client:
        response = await client.get("/health")
        live = await client.get("/live")

    assert response.status_code == 503
    assert live.status_code == 200
    assert response.json() == {"detail": "The database is not ready"}
    assert "run the migrations: there is no table" in caplog.text


async def test_health_does_not_wait_for_a_connection(committed: Settings) -> None:
    few = {"DATABASE_POOL_SIZE": 1, "DATABASE_MAX_OVERFLOW": 0}
    app = create_app(committed.model_copy(update=few))
    async with started(app) as client, AsyncExitStack() as stack:
        for engine in set(app.state.database.engines):
            if engine.pool.checkedout() == 0:
                await stack.enter_async_context(engine.connect())
        async with asyncio.timeout(5):
            assert (await client.get("/health")).status_code == 200


async def test_a_database_that_keeps_health_waiting_is_not_healthy(
    committed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "CHECK_S", 0.05)
    app = create_app(committed)
    async with started(app) as client, app.state.database.checker.connect():
        assert (await client.get("/health")).status_code == 503


async def test_a_sqlite_file_is_made_with_all_tables_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "app.db"
    async with started(create_app(settings(DATABASE_URL=f"sqlite:///{file}"))) as client:
        assert (await client.get("/health")).status_code == 200

    assert file.exists()


async def test_a_server_that_does_not_answer_is_no_reason_not_to_start(
    caplog: pytest.LogCaptureFixture, unused_tcp_port: int
) -> None:
    url = f"postgresql://user:secret@127.0.0.1:{unused_tcp_port}/name"
    async with started(create_app(settings(DATABASE_URL=url))) as client:
        response = await client.get("/health")

    assert response.status_code == 503
    assert response.json() == {"detail": "The database cannot be reached"}
    assert str(unused_tcp_port) in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("missing", ["no such table", "no such column"])
async def test_a_table_that_is_missing_is_not_a_fault_of_the_server(
    empty: Database, missing: str
) -> None:
    app = create_app(settings(DATABASE_URL=empty.url, MIGRATE_AT_START=False))
    if missing == "no such column":
        async with empty.engines.transactions.begin() as connection:
            await connection.exec_driver_sql("CREATE TABLE users (id INTEGER)")
    async with started(app) as client:
        response = await client.get("/users/")

    assert response.status_code == 503
    assert response.json() == {"detail": "The database is not ready"}
