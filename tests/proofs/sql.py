"""The project of fastapi-async-sqlalchemy, on a new database of each kind."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import asyncpg

from tests.proofs import flagship
from tests.proofs.flagship import Server, clean_environment
from tests.proofs.proof import require

TEMPLATE = "fastapi-async-sqlalchemy"

WHOLE = "fastapi-async-service"
"""The preset with all that the template has features for."""

KINDS = ("sqlite", "postgresql")

POSTGRESQL = os.environ.get("FASTKIT_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
"""A server on which databases may be made."""

SETTINGS = {
    # So that a slow machine is no reason to refuse a request.
    "DATABASE_POOL_TIMEOUT": "120",
    "REQUEST_TIMEOUT": "120",
    "DATABASE_STATEMENT_TIMEOUT": "120",
    "SOURCES": "{}",  # nobody outside of this machine is asked
}


@dataclass(frozen=True)
class Database:
    """One with all tables of the project."""

    kind: str
    url: str
    project: Path

    def serve(self, workers: int = 1, **settings: str) -> AbstractContextManager[Server]:
        settings = {**SETTINGS, "DATABASE_URL": self.url, **settings}
        return flagship.serve(self.project, None, workers=workers, **settings)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement, past the project."""
        if self.kind == "postgresql":
            return asyncio.run(_query(self.url, statement))
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection, connection:
            return connection.execute(statement).fetchall()

    def names(self) -> Counter[str]:
        return Counter(name for (name,) in self.query("SELECT name FROM items"))


def render(folder: Path) -> Path:
    return flagship.render(folder, WHOLE)


@contextmanager
def new_database(kind: str, project: Path) -> Iterator[Database]:
    name = f"fastkit_proof_{token_hex(8)}"
    if kind == "sqlite":
        yield _migrated(Database(kind, f"sqlite:///{project.parent / name}.db", project))
        return
    ask_postgresql(f"CREATE DATABASE {name}")
    try:
        yield _migrated(Database(kind, f"{POSTGRESQL.rpartition('/')[0]}/{name}", project))
    finally:
        ask_postgresql(f"DROP DATABASE {name} WITH (FORCE)")


def ask_postgresql(statement: str, url: str = POSTGRESQL) -> list[tuple[Any, ...]]:
    return asyncio.run(_query(url, statement))


def why_not(kind: str, url: str = POSTGRESQL) -> str:
    """Empty if there is such a database here."""
    try:
        return str(ask_postgresql("SELECT ''", url)[0][0]) if kind == "postgresql" else ""
    except (OSError, asyncpg.PostgresError) as error:
        return f"no PostgreSQL answers at {url.rpartition('@')[2]}: {error}"


def _migrated(database: Database) -> Database:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=database.project,
        env=clean_environment() | {"DATABASE_URL": database.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    require(done.returncode == 0, done.stderr)
    return database


async def _query(url: str, statement: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        return [tuple(record) for record in await connection.fetch(statement)]
    finally:
        await connection.close()
