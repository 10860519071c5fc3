"""Projects that each release of fastkit made, and that their owners went on with, take today's version."""

import json
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fastkit.catalog.find import find_template
from fastkit.record.project_yml import Record, read_record
from tests.proofs import flagship, sql
from tests.releases import owners
from tests.releases.archive import Left, commit, git, read_archive
from tests.support.command_line import clean_environment, fastkit
from tests.support.living import content, unmerged

CONFLICTS: dict[str, list[str]] = {
    "0.1.0/json-pip-docker": ["compose.yaml"],
    "0.1.0/json-poetry-everything": [
        *("compose.yaml", "src/api/deps.py", "src/api/routes/items.py", "src/main.py"),
    ],
    "0.1.0/json-uv": [
        *("src/api/deps.py", "src/api/routes/items.py", "src/main.py", "src/schemas/items.py"),
        *("tests/test_api.py", "tests/test_items.py"),
    ],
    "0.1.0/sql-pdm-kubernetes": ["README.md", "src/api/routes/items.py", "src/schemas/users.py"],
    "0.1.0/sql-pip-everything": ["README.md", "src/api/routes/items.py"],
    "0.1.0/sql-uv": ["README.md", "src/api/routes/items.py", "src/schemas/users.py"],
}
"""The files in which the owner of each project has a conflict to settle. The fewer, the better."""

SETTLED: dict[str, owners.Changes] = {
    "0.1.0/json-pip-docker": {},
    "0.1.0/json-poetry-everything": owners.JSON_SETTLED,
    "0.1.0/json-uv": owners.JSON_SETTLED_WITH_A_FIELD,
    "0.1.0/sql-pdm-kubernetes": owners.SQL_SETTLED,
    "0.1.0/sql-pip-everything": owners.SQL_ROUTES_SETTLED,
    "0.1.0/sql-uv": owners.SQL_SETTLED,
}
"""What the owner then writes, having taken the template's side of each conflict."""

RELEASES = Path(__file__).parent

MAY_CHANGE = {"alembic_version"}

every_project = pytest.mark.parametrize("name", CONFLICTS)


def test_every_project_of_a_release_is_tested() -> None:
    archives = RELEASES.glob("*/*.tar.xz")
    assert sorted(f"{path.parent.name}/{path.name.removesuffix('.tar.xz')}" for path in archives) == [
        *CONFLICTS
    ]


def read(name: str) -> Left:
    return read_archive(RELEASES / f"{name}.tar.xz")


@every_project
def test_a_project_that_nobody_has_edited_becomes_what_is_made_today(name: str, tmp_path: Path) -> None:
    project = read(name).start(tmp_path / "older/shop")

    run = fastkit("update", "--yes", cwd=project)

    assert run.code == 0, run
    record = read_record(project)
    assert record.version == find_template(record.template).version
    assert without_migrations(content(project)) == without_migrations(made_today(record, tmp_path))


def without_migrations(files: dict[str, bytes]) -> dict[str, bytes]:
    """Those are the owner's: an older project has others, by which its tables came to be."""
    return {path: data for path, data in files.items() if "/migrations/versions/" not in path}


def made_today(record: Record, folder: Path) -> dict[str, bytes]:
    """The files that git would track of a new project with the same answers and features."""
    answers = [f"--set={name}={value}" for name, value in record.answers.items()]
    features = [f"--with={feature}" for feature in record.features]
    words = ("--yes", "--no-install", "--no-git", *answers, *features)
    run = fastkit("startdemo", record.template, *words, cwd=folder)
    assert run.code == 0, run
    made = content(folder / "shop")
    del made[".env"]
    return made


@every_project
def test_an_owner_loses_nothing_by_an_update(name: str, tmp_path: Path) -> None:
    left = read(name)
    project = left.go_on(left.start(tmp_path / "shop"))

    run = fastkit("update", "--yes", cwd=project)

    assert (run.code, unmerged(project)) == (3 if CONFLICTS[name] else 0, CONFLICTS[name]), run
    assert read_record(project).version == find_template(read_record(project).template).version
    found = content(project)
    assert {path: found.get(path) for path in left.ignored} == left.ignored
    assert {path: found.get(path) for path in data_of(left)} == data_of(left)
    assert lost_lines(left, found) == {}
    assert not left.removed.keys() & found.keys() - {*CONFLICTS[name]}
    for path in sorted(path for path in found if path.endswith(".py") and path not in CONFLICTS[name]):
        compile(found[path], path, "exec")


@pytest.mark.parametrize("name", [name for name in CONFLICTS if "/sql" in name])
def test_what_became_features_can_be_taken_out(name: str, tmp_path: Path) -> None:
    project = updated(name, tmp_path)
    commit(project, "Take the update")
    assert read_record(project).features[:5] == ("cache", "jobs", "files", "external-data", "profiles")
    migrations = {path.name for path in (project / "src/migrations/versions").glob("*.py")}
    assert {"0001_users_posts_and_items.py", "0002_jobs_and_files.py"} < migrations
    assert [name for name in migrations if name.endswith("_exact_amounts.py")]

    run = fastkit("remove", "cache", "files", "--yes", cwd=project)

    assert (run.code, unmerged(project)) == (0, []), run
    assert not (project / "src/core/cache.py").exists()
    assert not (project / "src/crud/files.py").exists()
    assert "redis" in (project / "pyproject.toml").read_text()  # which the jobs need
    assert "cashews" not in (project / "pyproject.toml").read_text()
    added = {path.name for path in (project / "src/migrations/versions").glob("*.py")} - migrations
    assert [name.partition("_")[2] for name in added] == ["without_files.py"]


def data_of(left: Left) -> dict[str, bytes]:
    """The JSON files that the application has written, and the last id of each."""
    return {path: data for path, data in left.owner.items() if path.startswith("src/mocks/")}


def lost_lines(left: Left, found: dict[str, bytes]) -> dict[str, list[bytes]]:
    """By path: what the owner had written and is no longer in that file, or in any if it has gone."""
    everywhere = Counter(line for data in found.values() for line in data.splitlines())
    lost = {}
    for path, written in left.written().items():
        there = Counter(found[path].splitlines()) if path in found else everywhere
        lost[path] = [line for line in (written - there).elements() if not is_rewritten(path, line, found)]
    return {path: lines for path, lines in lost.items() if lines}


LISTS = ("src/api/api.py", "src/models/__init__.py")
"""Files whose lists the template has written in another way: one item a line."""


def is_rewritten(path: str, line: bytes, found: dict[str, bytes]) -> bool:
    return path in LISTS and {*re.findall(rb"\w+", line)} <= {*re.findall(rb"\w+", found[path])}


# The application of an updated project, on its owner's data.


def updated(name: str, folder: Path) -> Path:
    if CONFLICTS[name] and name not in SETTLED:
        pytest.skip("its owner has conflicts to settle first")
    left = read(name)
    project = left.go_on(left.start(folder / "shop"))
    run = fastkit("update", "--yes", cwd=project)
    assert run.code == (3 if CONFLICTS[name] else 0), run
    if CONFLICTS[name]:
        git(project, "checkout", "--quiet", "--theirs", "--", *CONFLICTS[name])
    owners.edit(project, SETTLED.get(name, {}))
    return project


def projects_with(file: str) -> list[str]:
    return [name for name in CONFLICTS if file in {**read(name).owner, **read(name).ignored}]


@pytest.mark.slow
@pytest.mark.parametrize("name", projects_with("data/app.db"))
def test_a_database_is_migrated_to_the_newest_tables_and_keeps_every_row(name: str, tmp_path: Path) -> None:
    project = updated(name, tmp_path)
    before = rows(project / "data/app.db")
    assert all(before[table] for table in ("users", "posts", "items", "files", "jobs"))

    if len(alembic(project, "heads").splitlines()) > 1:
        alembic(project, "merge", "heads", "--message", "merge")
    write_migration(project, alembic(project, "heads").split()[0])
    alembic(project, "upgrade", "head")

    after = rows(project / "data/app.db")
    for table in before.keys() - MAY_CHANGE:
        assert without_new_columns(after[table], before[table]) == before[table], table
    with flagship.serve(project, None) as server, server.client() as client:
        for row in before["users"]:
            assert client.get(f"/users/{row['id']}").json().items() >= {"username": row["username"]}.items()
        for file in client.get("/files/").json():
            assert client.get(f"/files/{file['id']}/content").text == f"{file['name']}\n"
        created = client.post("/users/", json={"username": "new", "email": "new@example.com"}).json()
        assert created["id"] > last_id(before, "users")


@pytest.mark.slow
@pytest.mark.parametrize("kind", sql.KINDS)
def test_prices_become_exact_amounts_and_may_become_numbers_again(kind: str, tmp_path: Path) -> None:
    if reason := sql.why_not(kind):
        pytest.skip(reason)
    project = updated("0.1.0/sql-pip-everything", tmp_path)
    (migration,) = (project / "src/migrations/versions").glob("*_exact_amounts.py")
    before = re.findall(r'down_revision = "(.+)"', migration.read_text())
    prices = {"Cup": "1.005", "Mug": "0.1", "Pot": "1234567890123.25"}
    values = ", ".join(f"('{name}', {price}, 0.125, 1)" for name, price in prices.items())
    with sql.new_database(kind, project) as database:
        url = {"DATABASE_URL": database.url}
        alembic(project, "downgrade", *before, **url)
        database.query(f"INSERT INTO items (name, price, tax, version) VALUES {values}")
        alembic(project, "upgrade", "head", **url)
        exact = database.query("SELECT name, price, tax FROM items ORDER BY name")
        alembic(project, "downgrade", *before, **url)
        numbers = database.query("SELECT name, price, tax FROM items ORDER BY name")

    amounts = [(name, *(Decimal(str(amount)) for amount in row)) for name, *row in exact]
    cents = {name: Decimal(price).quantize(Decimal("0.01")) for name, price in prices.items()}
    assert [name for name, *_ in amounts] == [*prices]
    assert [price for _, price, _ in amounts][1:] == [cents["Mug"], cents["Pot"]]
    # Binary numbers are a little below or above the half that they were written as
    assert amounts[0][1] in {Decimal("1.00"), Decimal("1.01")}
    assert {tax for _, _, tax in amounts} <= {Decimal("0.12"), Decimal("0.13")}
    assert [row[:2] for row in numbers][1:] == [("Mug", 0.1), ("Pot", 1234567890123.25)]


def alembic(project: Path, *words: str, **settings: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *words],
        cwd=project,
        env=clean_environment() | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def write_migration(project: Path, head: str) -> None:
    """One of the owner, which makes tables anew that others refer to."""
    (project / "src/migrations/versions/rebuilt.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = 'rebuilt', {head!r}\n"
        "def upgrade():\n"
        "    for table in ('users', 'jobs'):\n"
        "        with op.batch_alter_table(table, recreate='always'): pass\n"
    )


def rows(database: Path) -> dict[str, list[dict[str, Any]]]:
    """By table, in order."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            table: [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")]
            for (table,) in tables
        }


def without_new_columns(after: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = before[0].keys() if before else set[str]()
    return [{name: row[name] for name in row.keys() & names} for row in after]


def last_id(before: dict[str, list[dict[str, Any]]], table: str) -> int:
    """The last that was ever given."""
    return next(int(row["seq"]) for row in before["sqlite_sequence"] if row["name"] == table)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "path"),
    [
        (name, path)
        for path in (
            *("src/mocks/mock_items.json", "var/todos.json"),
            *("src/mocks/notes.json", "var/notes.json"),
        )
        for name in projects_with(f"{path}.last-id")
    ],
)
def test_a_json_file_is_served_and_gives_no_id_again(name: str, path: str, tmp_path: Path) -> None:
    project = updated(name, tmp_path)
    before = json.loads((project / path).read_bytes())
    last = int((project / f"{path}.last-id").read_bytes())
    what = "notes" if path.endswith("notes.json") else "items"
    new = {"text": "New"} if what == "notes" else {"name": "New", "price": 1.0}

    with flagship.serve(project, None) as server, server.client() as client:
        served = client.get(f"/{what}/").json()
        created = client.post(f"/{what}/", json=new)

    assert served == before
    assert created.json()["id"] > max(last, *(record["id"] for record in before))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["0.1.0/json-pip-docker", "0.1.0/json-uv"])
def test_what_an_application_writes_is_no_longer_under_version_control(name: str, tmp_path: Path) -> None:
    project = updated(name, tmp_path)
    commit(project, "Take the update")
    with flagship.serve(project, None) as server, server.client() as client:
        assert client.post("/items/", json={"name": "New", "price": 1.0}).status_code == 201

    assert git(project, "status", "--porcelain") == ""
    assert fastkit("update", "--check", cwd=project).code == 0
