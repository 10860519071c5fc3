"""Migrations of a database that holds data: they lose none of it, and no limit ends them."""

import asyncio
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Column, Connection, DateTime, MetaData, func
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from src.core import migrations, sqlite
from src.core.database import Database
from src.models import Base
from tests.conftest import execute, settings
from tests.test_migrations import drift, tables

ROWS = """
INSERT INTO users (id, version, username, email)
    VALUES (1, 1, 'ada', 'a@a'), (2, 1, 'grace', 'g@g'), (9, 1, 'deleted', 'd@d');
INSERT INTO letters (user_id, title) VALUES (1, 'one'), (1, 'two'), (2, 'three'), (9, 'deleted');
DELETE FROM letters WHERE title = 'deleted';
DELETE FROM users WHERE username = 'deleted';
"""


# A table that refers to another, and that no model has.
LETTERS = """
from alembic import op
revision, down_revision = "letters", {head!r}
kept = ("letters",)
def upgrade():
    op.execute(
        "CREATE TABLE letters (id INTEGER PRIMARY KEY AUTOINCREMENT, title VARCHAR,"
        " user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE)"
    )
def downgrade():
    op.drop_table("letters")
"""


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a copy of the migrations, in which a test can write one more."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder)
    monkeypatch.setattr(migrations, "FOLDER", folder)
    return folder / "versions"


@pytest.fixture
async def file(tmp_path: Path, versions: Path) -> Path:
    """A SQLite file with some rows in its tables, after the last of which others were deleted."""
    file = tmp_path / "app.db"
    (versions / "letters.py").write_text(LETTERS.format(head=head_of(versions)), "utf-8")
    await migrations.upgrade(database(file).migrator)
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(ROWS)
    return file


def database(file: Path) -> Database:
    return Database(settings(DATABASE_URL=f"sqlite:///{file}"))


def head_of(versions: Path) -> str | None:
    return ScriptDirectory(str(versions.parent)).get_current_head()


def write_migration(versions: Path, up: Sequence[str], down: Sequence[str] = ("pass",)) -> None:
    lines = [
        "from alembic import op",
        f"revision, down_revision = 'new', {head_of(versions)!r}",
        *("def upgrade():", *(f"    {line}" for line in up)),
        *("def downgrade():", *(f"    {line}" for line in down)),
    ]
    (versions / "new.py").write_text("\n".join(lines), "utf-8")


def rebuild(table: str) -> str:
    return f"with op.batch_alter_table({table!r}, recreate='always'): pass"


def content(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows by table, and the last id that each table has given."""
    with closing(sqlite3.connect(file)) as connection:
        tables = [*Base.metadata.tables, "letters"]
        queries = {table: f'SELECT * FROM "{table}"' for table in tables}  # noqa: S608
        queries["ids"] = "SELECT * FROM sqlite_sequence WHERE seq > 0"
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
    letters = ["op.execute('DELETE FROM letters')", rebuild("letters"), rebuild("letters")]
    write_migration(versions, [*letters, rebuild("users")])

    await migrations.upgrade(database(file).migrator)

    with closing(sqlite3.connect(file)) as connection:
        letter = "INSERT INTO letters (user_id, title) VALUES (1, 'five')"
        user = "INSERT INTO users (version, username, email) VALUES (1, 'alan', 'l@l')"
        assert connection.execute(letter).lastrowid == 5
        assert connection.execute(user).lastrowid == 10


async def test_a_migration_that_alembic_has_written_loses_no_row(
    file: Path, versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(file)
    changed = MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.tables.values():
        table.to_metadata(changed)
    now = Column("changed_at", DateTime, server_default=func.now(), nullable=False)
    changed.tables["users"].append_column(now)
    monkeypatch.setattr(Base, "metadata", changed)

    async with database(file).migrator.begin() as connection:
        await connection.run_sync(write_revision)
    await migrations.upgrade(database(file).migrator)

    monkeypatch.undo()
    after = content(file)
    assert [row[:-1] for row in after.pop("users")] == before.pop("users")
    assert after == before


def write_revision(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(migrations.FOLDER))
    command.revision(config, "changed_at", autogenerate=True, rev_id="new")


async def test_a_migration_after_which_rows_refer_to_nothing_changes_nothing(
    file: Path, versions: Path
) -> None:
    before = content(file)
    write_migration(versions, ["op.execute('DELETE FROM users WHERE id = 1')"])

    with pytest.raises(CommandError, match=r"migration new .* 2 rows of `letters` .* of `users`"):
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


async def test_a_migration_that_fails_changes_nothing(empty: Database, versions: Path) -> None:
    steps = ["CREATE TABLE one (id INTEGER)", "SELECT nothing"]
    write_migration(versions, [f"op.execute({step!r})" for step in steps])

    with pytest.raises(DBAPIError, match="nothing"):
        await migrations.upgrade(empty.migrator)

    async with empty.engines.transactions.connect() as connection:
        assert await connection.run_sync(tables) == set()


async def test_migrations_of_two_branches_are_both_run(empty: Database, versions: Path) -> None:
    write_migration(versions, ["op.execute('CREATE TABLE one (id INTEGER)')"])
    ours = (versions / "new.py").read_text("utf-8")
    theirs = ours.replace("'new'", "'theirs'").replace("TABLE one", "TABLE two")
    (versions / "theirs.py").write_text(theirs, "utf-8")

    await migrations.upgrade(empty.migrator)

    async with empty.engines.transactions.connect() as connection:
        assert {"one", "two"} <= await connection.run_sync(tables)
