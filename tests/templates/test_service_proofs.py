"""The proofs of files and jobs in fastapi-async-sqlalchemy, in short; with FASTKIT_PROOF=1 in full."""

import os
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the proofs hand an open socket to another process", allow_module_level=True)

from tests.proofs import flat_memory, worker_deaths
from tests.proofs.sql import render
from tests.proofs.sql_services import REDIS_SERVER

FULL = "FASTKIT_PROOF" in os.environ
KILLS = 5 if FULL else 1

pytestmark = pytest.mark.slow

needs_redis = pytest.mark.skipif(not REDIS_SERVER, reason="no redis-server is installed")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("services"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is told by /proc")
def test_files_do_not_pass_through_memory(project: Path, tmp_path: Path) -> None:
    flat_memory.prove(project, tmp_path, files=20, mib=50 if FULL else 10)


def test_a_job_survives_the_server_that_does_it(project: Path, tmp_path: Path) -> None:
    worker_deaths.prove_for_a_server(project, tmp_path, KILLS)


@needs_redis
def test_a_job_survives_the_worker_that_does_it(project: Path, tmp_path: Path) -> None:
    worker_deaths.prove_for_a_worker(project, tmp_path, KILLS)


@needs_redis
def test_jobs_survive_an_emptied_redis(project: Path, tmp_path: Path) -> None:
    worker_deaths.prove_for_an_emptied_redis(project, tmp_path)
