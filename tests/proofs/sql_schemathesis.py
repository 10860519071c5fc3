"""Proof that the API does what its OpenAPI description says, on SQLite and on PostgreSQL.

python -m tests.proofs.sql_schemathesis [--cases 40] [--seed N]
"""

import argparse
from pathlib import Path

from tests.proofs.proof import new_room, require, run
from tests.proofs.schemathesis_run import generate_requests
from tests.proofs.sql import KINDS, new_database, render

CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 404, 409, 412, 415]
"""
"""What may be answered to a request that is as described: another record or version may be in the way,

and no description tells which names and contents of a file are of an allowed type.
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


def prove(project: Path, kind: str, folder: Path, cases: int, seed: int | None = None) -> None:
    (folder / "schemathesis.toml").write_text(CONFIGURATION)
    with new_database(kind, project) as database, database.serve() as server:
        generated = generate_requests(server.url, folder, cases, seed)
        faults = [line for line in server.log.read_text().splitlines() if '"ERROR"' in line]
    require(not faults, f"the log has {len(faults)} faults, such as {faults[:1]}")
    print(f"{kind}: {generated} requests were generated: no failure, no fault of the server", flush=True)


if __name__ == "__main__":
    run(main)
