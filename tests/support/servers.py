"""A PostgreSQL and a Redis for tests: one that is there, or a new one of what is installed."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import pytest
import redis

from tests.proofs import sql
from tests.proofs.sql_services import REDIS_SERVER, new_redis, wait_for

REDIS = ("127.0.0.1", 6379)
LAST_DATABASE = "redis://{}:{}/15".format(*REDIS)

OWNER = "fastkit_tests"


@contextmanager
def database_owner() -> Iterator[str]:
    """The address of a PostgreSQL for a user who may make databases on it and nothing else.

    What a run that was killed has left there is removed by the first one an hour later.
    """
    with postgresql() as server:
        of_killed_runs = f"rolname LIKE '{OWNER}\\_%' AND rolvaliduntil < now()"
        for (name,) in sql.ask_postgresql(f"SELECT rolname FROM pg_roles WHERE {of_killed_runs}", server):
            _remove(name, server)
        name, password = f"{OWNER}_{token_hex(8)}", token_hex(8)
        [(until,)] = sql.ask_postgresql("SELECT now() + interval '1 hour'", server)
        sql.ask_postgresql(
            f"CREATE ROLE {name} LOGIN CREATEDB PASSWORD '{password}' VALID UNTIL '{until}'", server
        )
        try:
            yield f"postgresql://{name}:{password}@{server.rpartition('@')[2]}"
        finally:
            _remove(name, server)


def databases_of_user(url: str) -> list[str]:
    return _databases("current_user::text", url)


def _databases(owner: str, server: str) -> list[str]:
    owned = f"SELECT datname FROM pg_database WHERE datdba = {owner}::regrole"
    return [name for (name,) in sql.ask_postgresql(owned, server)]


def _remove(owner: str, server: str) -> None:
    for database in _databases(f"'{owner}'", server):
        sql.ask_postgresql(f"DROP DATABASE {database} WITH (FORCE)", server)
    sql.ask_postgresql(f"DROP ROLE {owner}", server)


def postgresql() -> AbstractContextManager[str]:
    reason = sql.why_not("postgresql")
    if not reason:
        return nullcontext(sql.POSTGRESQL)
    if programs := _programs_of_postgresql():
        return _new_postgresql(programs)
    pytest.skip(f"{reason}; none is installed")


def redis_server() -> AbstractContextManager[str]:
    """A new one or, where none is installed, a database with no keys of the one that is there."""
    if REDIS_SERVER:
        return new_redis()
    try:
        with redis.Redis.from_url(LAST_DATABASE) as there:
            keys = there.dbsize()
    except redis.ConnectionError as error:
        pytest.skip(f"no redis-server is installed; no Redis answers at {LAST_DATABASE}: {error}")
    if keys:
        pytest.skip(f"no redis-server is installed; {LAST_DATABASE} is somebody's: it has {keys} keys")
    return nullcontext(LAST_DATABASE)


def _programs_of_postgresql() -> Path | None:
    """Debian has them in a folder for each version, and none of them on the path."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in versions), key=lambda path: int(path.parts[-2]), default=None)


@contextmanager
def _new_postgresql(programs: Path) -> Iterator[str]:
    """One that listens on a free port, and whose data is gone with it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    with TemporaryDirectory() as folder:
        user = _owner_of_processes(Path(folder))
        data, log = f"{folder}/data", Path(folder) / "log"
        initdb = [str(programs / "initdb"), "--username=postgres", "--auth=trust", "--no-sync", data]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, user=user, timeout=120)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *options, "-c", "fsync=off"],
                cwd=folder,
                user=user,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            wait_for(lambda: not sql.why_not("postgresql", url), "PostgreSQL does not start")
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # without waiting for clients
            process.wait(timeout=30)


def _owner_of_processes(folder: Path) -> str | None:
    """PostgreSQL refuses to be run by root, so then it is run by the user that its package has made."""
    if os.geteuid() != 0:
        return None
    shutil.chown(folder, "postgres")
    return "postgres"
