"""Serves an application whose tables have a column more, and prints what it answers.

python -m tests.secret_columns FOLDER
"""

import asyncio
import sys
from pathlib import Path

from httpx2 import AsyncClient
from sqlalchemy import Column, String

from src.models import Base

for table in Base.metadata.tables.values():  # before anything makes a statement of its columns
    table.append_column(Column("hashed_password", String(20), server_default="SECRET"))

from src.core.database import Database  # noqa: E402
from src.main import create_app  # noqa: E402
from tests.conftest import settings, started  # noqa: E402


async def main(folder: Path) -> None:
    given = settings(
        DATABASE_URL=f"sqlite:///{folder / 'app.db'}",
        UPLOAD_FOLDER=folder / "uploads",
        MIGRATE_AT_START=False,
        SOURCES={},
    )
    database = Database(given)
    async with database.migrator.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with started(create_app(given)) as client:
        for method, path, body in REQUESTS:
            await ask(client, method, path, body)


REQUESTS = [
    ("POST", "/items/", {"name": "Cup", "price": 1}),
    ("PUT", "/items/1", {"price": 2}),
    ("PATCH", "/items/1", {"price": 3}),
    ("GET", "/items/1", None),
    ("GET", "/items/?sort=price", None),
    ("GET", "/items/?after=0", None),
    ("POST", "/users/", {"username": "ada", "email": "ada@example.com"}),
    ("PUT", "/users/1", {"username": "grace"}),
    ("PATCH", "/users/1", {"username": "ada"}),
    ("GET", "/users/1", None),
    ("GET", "/users/1", None),  # from the cache
    ("GET", "/users/", None),
    ("POST", "/users/1/posts", {"title": "Hello"}),
    ("GET", "/users/1/posts", None),
    ("GET", "/user-profile/1", None),
    ("GET", "/user-profile-concurrent/1", None),
    ("POST", "/external-data/", None),
    ("GET", "/files/", None),
]


async def ask(client: AsyncClient, method: str, path: str, body: object) -> None:
    answer = await client.request(method, path, json=body)
    show(f"{method} {path} {answer.status_code} {answer.text}")
    if location := answer.headers.get("Location"):
        show((await client.get(location)).text)
    if path == "/files/":
        await client.post(path, files={"file": ("notes.txt", b"Hello")})
        show((await client.get(path)).text)


def show(line: str) -> None:
    sys.stdout.write(f"{line}\n")


asyncio.run(main(Path(sys.argv[1])))
