"""Proof that a page after an id is as quick at the end of a million items as at their beginning.

python -m tests.proofs.sql_pages [--items 1000000] [--requests 300]
"""

import argparse
import statistics
import time
from pathlib import Path

import httpx2

from tests.proofs.proof import new_room, require, run
from tests.proofs.sql import KINDS, Database, new_database, render

MOST = 1.3
"""Times as long as at the beginning."""

NUMBERS = {
    "postgresql": "SELECT i FROM generate_series(1, {items}) AS numbers(i)",
    "sqlite": (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {items}) SELECT i FROM n"
    ),
}

FILL = """
INSERT INTO items (version, name, description, price, tax)
SELECT 1, 'Item ' || i, 'Made by a proof', 12.5, NULL FROM ({numbers}) AS numbers
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=300, help="of each kind, in turn")
    wanted = parser.parse_args()
    with new_room() as room:
        project = render(room)
        for kind in KINDS:
            prove(project, kind, wanted.items, wanted.requests)


def prove(project: Path, kind: str, items: int, requests: int) -> None:
    with new_database(kind, project) as database:
        fill(database, items)
        with database.serve() as server, server.client() as client:
            pages = {
                "skip=0": "/items/?skip=0",
                "after=0": "/items/?after=0",
                "at the end": f"/items/?after={items - 100}",
            }
            ms = measure(client, pages, requests)
    ratio, to_first = ms["at the end"] / ms["after=0"], ms["at the end"] / ms["skip=0"]
    told = ", ".join(f"{name} {took:.2f} ms" for name, took in ms.items())
    print(f"{kind}, {items} items, pages of 100, medians: {told}", flush=True)
    print(f"  at the end / after=0: {ratio:.2f}; at the end / skip=0: {to_first:.2f}", flush=True)
    require(max(ratio, to_first) <= MOST, f"a page at the end takes {ratio:.2f} times as long")


def fill(database: Database, items: int) -> None:
    numbers = NUMBERS[database.kind].format(items=items)
    database.query(FILL.format(numbers=numbers))
    database.query("ANALYZE")


def measure(client: httpx2.Client, pages: dict[str, str], requests: int) -> dict[str, float]:
    """The median of each, in milliseconds; they take turns, so that a busy moment is all of theirs."""
    took: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(requests):
        for name, path in pages.items():
            begin = time.perf_counter()
            answer = client.get(path)
            took[name].append((time.perf_counter() - begin) * 1000)
            require(len(answer.json()) == 100, f"{path}: {answer.status_code} {answer.text[:200]}")
    return {name: statistics.median(each) for name, each in took.items()}


if __name__ == "__main__":
    run(main)
