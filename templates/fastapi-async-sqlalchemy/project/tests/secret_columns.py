"""Serves an application whose tables have a column more, and prints what it answers.

python -m tests.secret_columns MODULE FOLDER

MODULE has the list REQUESTS: method, path and body of each.
"""

import asyncio
import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from httpx2 import AsyncClient
from sqlalchemy import Column, String

from src.core.project import ROOT
from src.models import Base


def answers_of(module: str, folder: Path) -> str:
    """In a process of its own, since a table cannot lose a column again."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.secret_columns", module, str(folder)],
        cwd=ROOT,
        env={**os.environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


async def main(module: str, folder: Path) -> None:
    from src.core.database import Database
    from src.main import create_app
    from tests.conftest import settings, started

    os.environ["UPLOAD_FOLDER"] = str(folder / "uploads")
    given = settings(DATABASE_URL=f"sqlite:///{folder / 'app.db'}", MIGRATE_AT_START=False)
    database = Database(given)
    async with database.migrator.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with started(create_app(given)) as client:
        for method, path, body in importlib.import_module(module).REQUESTS:
            await ask(client, method, path, body)


async def ask(client: AsyncClient, method: str, path: str, body: Any) -> None:
    sends_files = isinstance(body, dict) and "files" in body
    arguments: Any = body if sends_files else {"json": body}
    answer = await client.request(method, path, **arguments)
    show(f"{method} {path} {answer.status_code} {answer.text}")
    if location := answer.headers.get("Location"):
        show((await client.get(location)).text)


def show(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    for table in Base.metadata.tables.values():  # before anything makes a statement of its columns
        table.append_column(Column("hashed_password", String(20), server_default="SECRET"))
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
