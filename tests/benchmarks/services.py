"""fastapi-async-sqlalchemy against the services of s3rius/FastAPI-template and full-stack-fastapi-template.

    python tests/benchmarks/services.py --full-stack CHECKOUT [--postgres URL] [--python PATH] [--rounds 9]

One worker each, the same uvicorn, PostgreSQL, 10,000 items of the same columns in a database of its own.
The rivals have no equal routes, so one file with them, in each rival's own way, is put into what they
generate: `services/s3rius/items.py`, and `services/full_stack/plain_items.py`, which leaves out the
rival's users and their tokens. full-stack-fastapi-template states Python 3.14; for an older one, an
`except A, B:` gets parentheses and a forward reference gets quotes. The servers have the first core, wrk
the last; slices of two seconds take turns in another order each round, and a ratio is the median of the
ratios within the rounds.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rivals import Environment, clean_environment, environment, fastkit_environment, run

HERE = Path(__file__).parent / "services"
ITEMS = 10_000
CONNECTIONS = 32
KINDS = ("read", "list", "create")
OURS = "fastkit"
GOAL = 1.5


@dataclass(frozen=True)
class Service:
    """One generated project, installed.

    Attributes:
        app: what uvicorn serves.
        path: of its items.
        skip: what it calls the number of items to leave out.
        health: a path that answers 200 once the service is up.
        settings: environment variables, in which `{database}` is its name.
        tables: the words of Python that make its tables.
    """

    name: str
    folder: Path
    python: Environment
    app: str
    path: str
    skip: str
    health: str
    settings: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()

    @property
    def database(self) -> str:
        return f"fastkit_benchmark_{self.name}"


@dataclass(frozen=True)
class Slice:
    """Two seconds of a load; the times are in milliseconds."""

    answers_per_s: float
    failed: int
    p50: float
    p99: float


def main() -> None:
    arguments = parse()
    room = Path(tempfile.mkdtemp(prefix="fastkit-bench-"))
    server = arguments.postgres.rstrip("/")
    services = [
        ours(room, arguments.python, server),
        s3rius(room, arguments.python, server),
        full_stack(room, arguments.python, server, arguments.full_stack),
    ]
    asyncpg = services[1].python
    with ExitStack() as stack:
        urls = {}
        for service in services:
            stack.enter_context(filled_database(service, server, asyncpg))
            urls[service.name] = stack.enter_context(serving(service))
        samples = measure(services, urls, arguments.rounds)
    report(samples)
    shutil.rmtree(room, ignore_errors=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--full-stack", type=Path, required=True, help="a checkout of the template")
    parser.add_argument("--postgres", default="postgresql://postgres@127.0.0.1:5432")
    parser.add_argument("--python", default=sys.executable, help="3.12 or later")
    parser.add_argument("--rounds", type=int, default=9)
    return parser.parse_args()


# The three services.


def our_project(room: Path, *features: str) -> Path:
    fastkit = fastkit_environment(room)
    answers = ["--project-name=ours", "--author=A", "--author-email=a@example.com", "--description=Ours"]
    wanted = [f"--with={feature}" for feature in features]
    words = ["startdemo", "fastapi-async-sqlalchemy", *answers, *wanted, "--yes", "--no-install", "--no-git"]
    run([fastkit.program("fastkit"), *words], cwd=room)
    return room / "ours"


def ours(room: Path, python: str, server: str) -> Service:
    project = our_project(room)
    return Service(
        OURS,
        project,
        environment(room, "ours-env", python, *dependencies(project)),
        app="src.main:app",
        path="/items/",
        skip="skip",
        health="/health",
        settings={"DATABASE_URL": f"{server}/{{database}}"},
        tables=("-m", "alembic", "upgrade", "head"),
    )


def s3rius(room: Path, python: str, server: str) -> Service:
    generator = environment(room, "s3rius-generator", python, "fastapi-template")
    choices = ["--api-type=rest", "--db=postgresql", "--orm=sqlalchemy", "--ci=none", "--migrations"]
    run([generator.program("fastapi_template"), "--quiet", "--name=s3", *choices], cwd=room)
    project = room / "s3"
    shutil.copy(HERE / "s3rius" / "items.py", project / "s3" / "items.py")
    router = project / "s3" / "web" / "api" / "router.py"
    added = "from s3 import items\napi_router.include_router(items.router, prefix='/items')\n"
    router.write_text(router.read_text() + added)
    host, port, user = parts(server)
    return Service(
        "s3rius",
        project,
        environment(room, "s3rius-env", python, *dependencies(project)),
        app="s3.web.application:get_app",
        options=("--factory",),
        path="/api/items/",
        skip="offset",
        health="/api/health",
        settings={
            "S3_DB_HOST": host,
            "S3_DB_PORT": port,
            "S3_DB_USER": user,
            "S3_DB_PASS": "none",
            "S3_DB_BASE": "{database}",
        },
        tables=("-c", CREATE_S3RIUS),
    )


CREATE_S3RIUS = """
import asyncio
from sqlalchemy.ext.asyncio import create_async_engine
from s3.items import ItemModel
from s3.settings import settings

async def main():
    engine = create_async_engine(str(settings.db_url))
    async with engine.begin() as connection:
        await connection.run_sync(ItemModel.metadata.create_all)
    await engine.dispose()

asyncio.run(main())
"""


def full_stack(room: Path, python: str, server: str, checkout: Path) -> Service:
    project = Path(shutil.copytree(checkout / "backend", room / "full_stack" / "backend"))
    shutil.copy(HERE / "full_stack" / "plain_items.py", project / "app" / "plain_items.py")
    deps, models = project / "app" / "api" / "deps.py", project / "app" / "models.py"
    deps.write_text(re.sub(r"except (\w+, \w+):", r"except (\1):", deps.read_text()))
    models.write_text(models.read_text().replace("list[Item] =", 'list["Item"] ='))
    router = project / "app" / "api" / "main.py"
    added = "\nfrom app import plain_items\napi_router.include_router(plain_items.router)\n"
    router.write_text(router.read_text() + added)
    (project / "app" / "frontend").mkdir(exist_ok=True)
    (project / "app" / "frontend" / "index.html").write_text("<!doctype html>")
    secret = {"SECRET_KEY": "a" * 32, "FIRST_SUPERUSER_PASSWORD": "b" * 32}
    return Service(
        "full_stack",
        project,
        environment(room, "full-stack-env", python, *dependencies(project)),
        app="app.main:app",
        path="/api/v1/plain-items/",
        skip="skip",
        health="/api/v1/utils/health-check/",
        settings={
            **secret,
            "PROJECT_NAME": "full-stack",
            "FIRST_SUPERUSER": "a@example.com",
            "DATABASE_URL": f"{server}/{{database}}",
        },
        tables=("-c", CREATE_FULL_STACK),
    )


CREATE_FULL_STACK = """
from app.core.db import engine
from app.plain_items import PlainItem
PlainItem.metadata.create_all(engine)
"""


def dependencies(project: Path) -> list[str]:
    """What a project states, with the same event loop and HTTP parser for all."""
    stated = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    extras = [
        requirement for extra in stated.get("optional-dependencies", {}).values() for requirement in extra
    ]
    return [*stated["dependencies"], *extras, "uvicorn[standard]"]


def parts(server: str) -> Sequence[str]:
    found = re.fullmatch(r"postgresql://(\w+)@([\w.]+):(\d+)", server)
    if not found:
        raise SystemExit("--postgres is like postgresql://USER@127.0.0.1:5432, without a password")
    user, host, port = found.groups()
    return host, port, user


# At work.


def with_settings(service: Service) -> dict[str, str]:
    own = {name: value.format(database=service.database) for name, value in service.settings.items()}
    return {**clean_environment(), **own}


@contextmanager
def filled_database(service: Service, server: str, asyncpg: Environment) -> Iterator[None]:
    words = [asyncpg.program("python"), str(HERE / "database.py"), server, service.database]
    run([*words, "create"])
    try:
        tables = [service.python.program("python"), *service.tables]
        subprocess.run(tables, cwd=service.folder, env=with_settings(service), check=True)
        run([*words, "fill", str(ITEMS)])
        yield
    finally:
        run([*words, "drop"])


@contextmanager
def serving(service: Service) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["-m", "uvicorn", service.app, f"--port={port}", "--no-access-log", "--log-level=error"]
    process = subprocess.Popen(
        [service.python.program("python"), *words, *service.options],
        cwd=service.folder,
        env=with_settings(service),
        start_new_session=True,
    )
    os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})
    url = f"http://127.0.0.1:{port}"
    try:
        await_health(url + service.health, process)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def await_health(url: str, process: subprocess.Popen[bytes]) -> None:
    last: Exception | None = None
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            with urlopen(url, timeout=5):
                return
        except OSError as error:
            last = error
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer: {last}")


Samples = dict[tuple[str, str], list[Slice]]


def measure(services: Sequence[Service], urls: dict[str, str], rounds: int) -> Samples:
    samples: Samples = {(kind, service.name): [] for kind in KINDS for service in services}
    for number in track(range(rounds + 1), description="Rounds", transient=True):
        for kind in random.sample(KINDS, len(KINDS)):
            for service in random.sample(list(services), len(services)):
                taken = one_slice(service, urls[service.name], kind)
                if number:
                    samples[kind, service.name].append(taken)
    return samples


def one_slice(service: Service, url: str, kind: str) -> Slice:
    core = max(os.sched_getaffinity(0))
    script = [f"--script={HERE / 'requests.lua'}", url, "--", kind, service.path, str(ITEMS), service.skip]
    done = subprocess.run(
        ["taskset", "-c", str(core), "wrk", "-t1", f"-c{CONNECTIONS}", "-d2s", *script],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    seconds = told["microseconds"] / 1e6
    return Slice(told["answers"] / seconds, told["failed"], told["p50_us"] / 1000, told["p99_us"] / 1000)


def report(samples: Samples) -> None:
    console = Console(width=110)
    table = Table(title="Medians", title_justify="left")
    for header in ("load", "service", "answers/s", "p50 ms", "p99 ms", "failed", "ours/theirs", "goal", ""):
        table.add_column(header)
    for (kind, name), slices in samples.items():
        ratio = statistics.median(
            mine.answers_per_s / max(theirs.answers_per_s, 1)
            for mine, theirs in zip(samples[kind, OURS], slices, strict=True)
        )
        rival = (
            ["", "", ""]
            if name == OURS
            else [f"{ratio:.2f}", f"{GOAL}", "kept" if ratio >= GOAL else "missed"]
        )
        figures = [f"{median(slices, what):.1f}" for what in ("answers_per_s", "p50", "p99")]
        table.add_row(kind, name, *figures, str(sum(taken.failed for taken in slices)), *rival)
    console.print(table)


def median(slices: Sequence[Slice], what: str) -> float:
    return statistics.median(float(getattr(taken, what)) for taken in slices)


if __name__ == "__main__":
    main()
