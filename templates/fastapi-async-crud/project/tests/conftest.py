"""Each test gets a data file of its own, and the application on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from starlette.types import Receive, Scope, Send

from src.core.config import Settings
from src.main import create_app


def settings(**changes: Any) -> Settings:
    """The defaults and these changes, whatever is set on this machine."""
    return Settings.model_construct(**changes)


@asynccontextmanager
async def started(app: FastAPI, root_path: str = "") -> AsyncIterator[AsyncClient]:
    """A client of the application, between its start and its end."""
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        transport = ASGITransport(with_state, root_path=root_path)
        async with AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


@pytest.fixture
def data_file(tmp_path: Path) -> Path:
    return tmp_path / "items.json"


# FastAPI takes some 20 ms to set up its routes, so the tests share one application. It has
# no state of its own: each start opens the data file that the settings name at that moment.
DEFAULTS = settings()
APP = create_app(DEFAULTS)


@pytest.fixture
def root_path() -> str:
    """Of a proxy; a test may parametrize it."""
    return ""


@pytest.fixture
async def async_client(
    data_file: Path, root_path: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AsyncClient]:
    monkeypatch.setattr(DEFAULTS, "DATA_FILE", data_file)
    async with started(APP, root_path) as client:
        yield client
