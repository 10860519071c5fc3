"""The proofs of fastapi-async-sqlalchemy on each kind of database, in short; with FASTKIT_PROOF=1 in full."""

import os
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the proofs hand an open socket to another process", allow_module_level=True)

from tests.proofs import sql, sql_creates, sql_kills, sql_pages, sql_schemathesis
from tests.proofs.concurrent_posts import allow_many_connections

FULL = "FASTKIT_PROOF" in os.environ

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sql.render(tmp_path_factory.mktemp("sql"))


@pytest.fixture(params=sql.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    if reason := sql.why_not(request.param):
        pytest.skip(reason)
    return str(request.param)


def test_the_api_does_what_its_description_says(project: Path, kind: str, tmp_path: Path) -> None:
    sql_schemathesis.prove(project, kind, tmp_path, cases=200 if FULL else 10)


@pytest.mark.parametrize("workers", [1, 2])
def test_creates_at_the_same_time_are_all_kept(project: Path, kind: str, workers: int) -> None:
    allow_many_connections()
    sql_creates.prove(project, kind, workers, posts=2000 if FULL else 300)


def test_no_acknowledged_create_is_lost_in_a_kill(project: Path, kind: str) -> None:
    sql_kills.prove(project, kind, kills=20 if FULL else 2)


@pytest.mark.skipif(not FULL, reason="a ratio of times, on a million items: only with FASTKIT_PROOF=1")
def test_the_last_page_is_as_quick_as_the_first(project: Path, kind: str) -> None:
    sql_pages.prove(project, kind, items=1_000_000, requests=300)
