"""Proof that the API does what its OpenAPI description says, on SQLite and on PostgreSQL.

python -m tests.proofs.sql_schemathesis [--cases 40] [--seed N]

With PostgreSQL, cache and queue are in a Redis if one can be started here.
"""

import argparse
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from tests.proofs.proof import new_room, require, run
from tests.proofs.schemathesis_run import generate_requests
from tests.proofs.sql import KINDS, new_database, render
from tests.proofs.sql_services import REDIS_SERVER, new_redis

CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 404, 409, 412, 415]

[[operations]]
include-path = "/changes"
enabled = false
"""
"""What may be answered to a request that is as described: another record or version may be in the way,

and no description tells which names and contents of a file are of an allowed type.
An answer without an end has none to be checked.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=40, help="random ones, for each of the operations")
    parser.add_argument("--seed", type=int, help="to repeat a run")
    wanted = parser.parse_args()
    with new_room() as room:
        project = render(room)
        for kind in KINDS:
            prove(project, kind, room, wanted.cases, wanted.seed)


def prove(
    project: Path,
    kind: str,
    folder: Path,
    cases: int,
    seed: int | None = None,
    configuration: str = CONFIGURATION,
    **settings: str,
) -> None:
    (folder / "schemathesis.toml").write_text(configuration)
    with (
        new_database(kind, project) as database,
        redis_beside(kind) as redis_url,
        database.serve(1, **urls(redis_url), **settings) as server,
    ):
        generated = generate_requests(server.url, folder, cases, seed)
        faults = [line for line in server.log.read_text().splitlines() if '"ERROR"' in line]
    require(not faults, f"the log has {len(faults)} faults, such as {faults[:1]}")
    place = f"{kind} and {redis_url.partition(':')[0]}"
    print(f"{place}: {generated} requests were generated: no failure, no fault of the server", flush=True)


def urls(redis_url: str) -> dict[str, str]:
    return dict.fromkeys(("CACHE_URL", "QUEUE_URL", "REALTIME_URL"), redis_url)


def redis_beside(kind: str) -> AbstractContextManager[str]:
    """The address of a Redis where there is one, and else of the memory of the process."""
    return new_redis() if kind == "postgresql" and REDIS_SERVER else nullcontext("memory://")


if __name__ == "__main__":
    run(main)
