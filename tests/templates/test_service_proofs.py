"""The proofs of files and jobs in fastapi-async-sqlalchemy, in short; with FASTKIT_PROOF=1 in full."""

import os
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the proofs hand an open socket to another process", allow_module_level=True)

from tests.proofs import flagship, flat_memory, gateway, realtime, sql, sql_schemathesis, worker_deaths
from tests.proofs.concurrent_posts import allow_many_connections
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


@pytest.fixture(scope="module")
def with_streams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return flagship.render(tmp_path_factory.mktemp("realtime"), realtime.WHOLE)


@needs_redis
def test_a_room_on_two_processes_loses_no_message(with_streams: Path) -> None:
    allow_many_connections()
    realtime.prove_room(with_streams, clients=1000 if FULL else 200, messages=200 if FULL else 40)


def test_a_client_that_reads_nothing_costs_nobody_else(with_streams: Path) -> None:
    realtime.prove_slow(with_streams)


@pytest.mark.parametrize("kind", sql.KINDS)
def test_streams_hold_no_connection_to_the_database(with_streams: Path, kind: str) -> None:
    if reason := sql.why_not(kind):
        pytest.skip(reason)
    realtime.prove_streams(with_streams, kind, streams=200 if FULL else 50)


@pytest.mark.parametrize("kind", sql.KINDS)
def test_the_api_with_streams_does_what_its_description_says(
    with_streams: Path, kind: str, tmp_path: Path
) -> None:
    if reason := sql.why_not(kind):
        pytest.skip(reason)
    sql_schemathesis.prove(with_streams, kind, tmp_path, cases=200 if FULL else 5)


@pytest.fixture(scope="module")
def before_services(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return flagship.render(tmp_path_factory.mktemp("gateway"), gateway.WHOLE)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is told by /proc")
def test_the_gateway_outlives_large_bodies_its_clients_and_its_services(
    before_services: Path,
) -> None:
    gateway.prove(before_services, mib=1024 if FULL else 64, clients=100)


@pytest.mark.parametrize("kind", sql.KINDS)
def test_the_gateway_does_what_its_description_says(before_services: Path, kind: str, tmp_path: Path) -> None:
    if reason := sql.why_not(kind):
        pytest.skip(reason)
    with gateway.with_lists() as services:
        sql_schemathesis.prove(
            before_services, kind, tmp_path, cases=200 if FULL else 5, SERVICES=services, SOURCES="{}"
        )
