"""The database: SQLite without any setting, PostgreSQL with `DATABASE_URL`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.models import Base

ROOT = Path(__file__).parents[1]

ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=ROOT / ".env")

    DATABASE_URL: str = f"sqlite:///{ROOT / 'demo.db'}"


@asynccontextmanager
async def open_database() -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """Open one engine, and so one pool of connections, for the application."""
    url = make_url(Settings().DATABASE_URL)
    engine = create_async_engine(
        url.set(drivername=ASYNC_DRIVERS.get(url.drivername, url.drivername)), pool_pre_ping=True
    )
    try:
        try:
            await create_tables(engine)
        except DBAPIError:  # another server may have created them at the same moment
            await create_tables(engine)
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()


async def create_tables(engine: AsyncEngine) -> None:
    """Enough for a demo. An application that is here to stay needs migrations."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.state.new_session() as session:
        yield session  # which is closed after the request, whatever happens


SessionDep = Annotated[AsyncSession, Depends(get_session)]
