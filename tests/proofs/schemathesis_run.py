"""Proof that the API does what its OpenAPI description says, by thousands of generated requests.

python -m tests.proofs.schemathesis_run [--cases 40] [--seed N]

All checks of Schemathesis in all of its phases: the examples, the bounds of each parameter,
random requests, and sequences in which one request uses what another has made.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from tests.proofs.flagship import render, serve
from tests.proofs.items import write_items
from tests.proofs.proof import new_room, require, run

PHASES = "examples,coverage,fuzzing,stateful"


def main() -> None:
    arguments = parse()
    with new_room() as room:
        prove(render(room), room / "data", arguments.cases, arguments.seed)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=40, help="random ones, for each of the operations")
    parser.add_argument("--seed", type=int, help="to repeat a run")
    return parser.parse_args()


def prove(project: Path, folder: Path, cases: int, seed: int | None = None) -> None:
    with serve(project, write_items(folder / "items.json", 10)) as server:
        generated = generate_requests(server.url, folder, cases, seed)
        faults = [line for line in server.log.read_text().splitlines() if '"ERROR"' in line]
    require(not faults, f"the log has {len(faults)} faults, such as {faults[:1]}")
    print(f"{generated} requests were generated: no failure, no fault of the server")


def generate_requests(url: str, folder: Path, cases: int, seed: int | None) -> int:
    """Returns how many there were; all of them have passed."""
    report = folder / "report.json"
    repeated = [] if seed is None else [f"--seed={seed}"]
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("st"), "--no-color", "run", f"{url}/openapi.json"),
            *("--checks=all", f"--phases={PHASES}", f"--max-examples={cases}", *repeated),
            *("--continue-on-failure", "--generation-database=none", f"--report-json-path={report}"),
        ],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=3600,
    )
    require(done.returncode == 0, done.stdout)
    told = json.loads(report.read_text())
    require(told["complete"] and not told["errors"], done.stdout)
    return int(told["test_cases"]["generated"])


if __name__ == "__main__":
    run(main)
