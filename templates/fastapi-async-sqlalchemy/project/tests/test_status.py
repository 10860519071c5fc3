"""The welcome, and the health of the database."""

from pathlib import Path

import pytest
from httpx2 import AsyncClient

from src.core.project import PROJECT
from src.main import create_app
from tests.conftest import settings, started


async def test_the_welcome_names_the_project(async_client: AsyncClient) -> None:
    assert (await async_client.get("/")).json() == {"message": f"Welcome to {PROJECT.name}!"}


async def test_a_database_that_answers_is_healthy(async_client: AsyncClient) -> None:
    response = await async_client.get("/health")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


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
