"""Migrations of a database that holds data: they lose none of it, and no limit ends them."""

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import make_url

from src.core import migrations, sqlite
from src.core.database import Database
from src.core.project import ROOT
from src.crud.items import ITEMS
from src.models import Base
from src.schemas.base import PageQuery
from tests.conftest import execute, settings
from tests.test_migrations import drift, tables

ROWS = """
INSERT INTO users (id, version, username, email)
    VALUES (1, 1, 'ada', 'a@a'), (2, 1, 'grace', 'g@g'), (9, 1, 'deleted', 'd@d');
INSERT INTO posts (user_id, title) VALUES (1, 'one'), (1, 'two'), (2, 'three'), (9, 'deleted');
INSERT INTO items (version, name, price) VALUES (1, 'Cup', 1.5), (1, 'deleted', 2);
INSERT INTO jobs (id, kind, arguments, state, attempts, due_at)
    VALUES ('aa', 'describe_file', '{}', 'done', 1, 0.5);
INSERT INTO files (id, name, type, size, sha256, downloads, job_id)
    VALUES ('bb', 'a.txt', 'text/plain', 1, 'c', 0, 'aa');
DELETE FROM posts WHERE title = 'deleted';
DELETE FROM users WHERE username = 'deleted';
DELETE FROM items WHERE name = 'deleted';
"""


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a copy of the migrations, in which a test can write one more."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder)
    monkeypatch.setattr(migrations, "FOLDER", folder)
    return folder / "versions"


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A SQLite file with some rows in each table, after the last of which others were deleted."""
    file = tmp_path / "app.db"
    await migrations.upgrade(database(file).migrator)
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(ROWS)
    return file


def database(file: Path) -> Database:
    return Database(settings(DATABASE_URL=f"sqlite:///{file}"))


def write_migration(versions: Path, up: Sequence[str], down: Sequence[str] = ("pass",)) -> None:
    head = ScriptDirectory(str(versions.parent)).get_current_head()
    lines = [
        "from alembic import op",
        f"revision, down_revision = 'new', {head!r}",
        *("def upgrade():", *(f"    {line}" for line in up)),
        *("def downgrade():", *(f"    {line}" for line in down)),
    ]
    (versions / "new.py").write_text("\n".join(lines), "utf-8")


def rebuild(table: str) -> str:
    return f"with op.batch_alter_table({table!r}, recreate='always'): pass"


def content(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows by table, and the last id that each table has given."""
    with closing(sqlite3.connect(file)) as connection:
        tables = [*Base.metadata.tables, "sqlite_sequence WHERE seq > 0"]
        queries = {table: f"SELECT * FROM {table}" for table in tables}  # noqa: S608
        return {table: sorted(connection.execute(query)) for table, query in queries.items()}


# SQLite makes a table anew to change it.


@pytest.mark.parametrize("table", Base.metadata.tables)
async def test_a_table_that_is_made_anew_keeps_its_rows_and_those_that_refer_to_it(
    table: str, file: Path, versions: Path
) -> None:
    before = content(file)
    write_migration(versions, [rebuild(table)], [rebuild(table)])

    await migrations.upgrade(database(file).migrator)
    assert content(file) == before

    await migrations.downgrade(database(file).migrator, "-1")
    assert content(file) == before
    async with database(file).migrator.connect() as connection:
        assert await connection.run_sync(drift) == []


async def test_a_table_that_is_made_anew_gives_no_id_again(file: Path, versions: Path) -> None:
    up = ["op.execute('DELETE FROM items')", rebuild("items"), rebuild("items"), rebuild("users")]
    write_migration(versions, up)

    await migrations.upgrade(database(file).migrator)

    with closing(sqlite3.connect(file)) as connection:
        item = "INSERT INTO items (version, name, price) VALUES (1, 'Pot', 2)"
        user = "INSERT INTO users (version, username, email) VALUES (1, 'alan', 'l@l')"
        assert connection.execute(item).lastrowid == 3
        assert connection.execute(user).lastrowid == 10


async def test_a_migration_that_alembic_has_written_loses_no_row(
    file: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "src", project / "src")
    shutil.copy(ROOT / "pyproject.toml", project)
    before = content(file)
    with (project / "src/models/__init__.py").open("a", encoding="utf-8") as models:
        models.write(
            "\nimport sqlalchemy as sa\n"
            "now = {'server_default': sa.func.now(), 'nullable': False}\n"
            "User.__table__.append_column(sa.Column('changed_at', sa.DateTime, **now))\n"
        )

    await alembic(project, file, "revision", "--autogenerate", "--rev-id=new", "-m", "changed_at")
    await alembic(project, file, "upgrade", "head")

    after = content(file)
    assert [row[:-1] for row in after.pop("users")] == before.pop("users")
    assert after == before


async def alembic(project: Path, file: Path, *words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alembic", *words),
        cwd=project,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{file}"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    assert process.returncode == 0, told.decode()


async def test_a_migration_after_which_rows_refer_to_nothing_changes_nothing(
    file: Path, versions: Path
) -> None:
    before = content(file)
    write_migration(versions, ["op.execute('DELETE FROM users WHERE id = 1')"])

    with pytest.raises(CommandError, match=r"migration new .* 2 rows of `posts` .* of `users`"):
        await migrations.upgrade(database(file).migrator)

    assert content(file) == before


async def test_a_connection_of_the_requests_is_refused(file: Path, versions: Path) -> None:
    before = content(file)
    write_migration(versions, [rebuild("users")])

    opened = database(file)

    with pytest.raises(CommandError, match=r"Database\.migrator"):
        await migrations.upgrade(opened.engines.transactions)

    await opened.close()
    assert content(file) == before


# From floats to exact amounts.


async def test_prices_that_were_floats_become_exact_and_lose_no_row(empty: Database) -> None:
    prices = ["0", "0.1", "12.5", "0.29", "999999999999.99", "1e12", "12.345678"]
    rows = [f"(1, 'Item', {price}, NULL), (1, 'Item', 1, {price})" for price in prices]
    await migrations.upgrade(empty.migrator, "0002")
    async with empty.engines.transactions.begin() as connection:
        columns = "INSERT INTO items (version, name, price, tax) VALUES"
        await connection.exec_driver_sql(f"{columns} {', '.join(rows)}")

    await migrations.upgrade(empty.migrator)

    items = (await ITEMS.page(empty, PageQuery())).records
    exact = [round(Decimal(price), 2) for price in prices]
    assert [item.price for item in items[::2]] == [item.tax for item in items[1::2]] == exact
    assert {item.tax for item in items[::2]} == {None}
    assert [item.id for item in items] == [*range(1, len(items) + 1)]

    await migrations.downgrade(empty.migrator, "0002")
    async with empty.engines.transactions.connect() as connection:
        old = await connection.exec_driver_sql("SELECT price FROM items WHERE tax IS NULL")
        assert [*old.scalars()] == [float(price) for price in exact]


# Limits are for requests.

SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
    "SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(0.3)",
}


@pytest.fixture
async def hasty(empty: Database) -> Database:
    """The empty database, for those who have a tenth of a second."""
    if empty.kind == "postgresql":
        for limit in ("statement_timeout", "lock_timeout"):
            name = make_url(empty.url).database
            await execute(empty.url, f"ALTER DATABASE {name} SET {limit} = 100")
    return Database(settings(DATABASE_URL=empty.url, DATABASE_STATEMENT_TIMEOUT=0.1))


async def test_no_limit_ends_a_migration(hasty: Database, versions: Path) -> None:
    write_migration(versions, [f"op.execute({SLOW[hasty.kind]!r})"])

    await migrations.upgrade(hasty.migrator)

    async with hasty.migrator.connect() as connection:
        assert await connection.run_sync(drift) == []


async def test_no_limit_ends_the_wait_for_whoever_migrates_now(
    empty: Database, hasty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = sqlite.PRAGMAS + "PRAGMA busy_timeout = 10;"
    monkeypatch.setattr(sqlite, "PRAGMAS", impatient)
    hasty = Database(settings(DATABASE_URL=empty.url, DATABASE_STATEMENT_TIMEOUT=0.1))
    async with empty.migrator.begin() as connection:
        if empty.kind == "postgresql":
            await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7316228)")
        second = asyncio.create_task(migrations.upgrade(hasty.migrator))
        done, _ = await asyncio.wait({second}, timeout=0.3)
        assert not done
    await second

    async with empty.migrator.connect() as connection:
        assert await connection.run_sync(drift) == []


async def test_migrations_of_two_branches_are_both_run(empty: Database, versions: Path) -> None:
    write_migration(versions, ["op.execute('CREATE TABLE one (id INTEGER)')"])
    ours = (versions / "new.py").read_text("utf-8")
    theirs = ours.replace("'new'", "'theirs'").replace("TABLE one", "TABLE two")
    (versions / "theirs.py").write_text(theirs, "utf-8")

    await migrations.upgrade(empty.migrator)

    async with empty.engines.transactions.connect() as connection:
        assert {"one", "two"} <= await connection.run_sync(tables)
