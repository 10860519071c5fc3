"""Proof that a killed server loses nothing that it has acknowledged, on SQLite and on PostgreSQL.

python -m tests.proofs.sql_kills [--kills 20]

Each server starts on the database that the kill before has left.
"""

import argparse
import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.proofs.flagship import Server
from tests.proofs.items import an_item
from tests.proofs.proof import new_room, require, run
from tests.proofs.sql import KINDS, Database, new_database, render

CLIENTS = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    kills = parser.parse_args().kills
    with new_room() as room:
        project = render(room)
        for kind in KINDS:
            prove(project, kind, kills)


@dataclass
class Ledger:
    asked: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    ids: list[int] = field(default_factory=list)


def prove(project: Path, kind: str, kills: int) -> None:
    ledger = Ledger()
    with new_database(kind, project) as database:
        for number in range(kills):
            with database.serve() as server:
                asyncio.run(write_until_killed(server, ledger, number))
            check(database, ledger)
        kept = len(database.names())
    print(
        f"{kind}: {kills} kills, {len(ledger.acknowledged)} acknowledged creates, {kept} kept:"
        " 0 lost, 0 duplicated",
        flush=True,
    )


def check(database: Database, ledger: Ledger) -> None:
    """What has had no answer may be kept or not, but not twice."""
    kept = database.names()
    lost = ledger.acknowledged - kept.keys()
    require(not lost, f"{len(lost)} acknowledged items are lost, such as {sorted(lost)[:3]}")
    require(set(kept) <= ledger.asked, "an item is kept that nobody asked for")
    require(set(kept.values()) <= {1}, f"items are kept twice: {kept.most_common(3)}")
    require(max(Counter(ledger.ids).values()) == 1, "an id was handed out twice")
    if database.kind == "sqlite":
        require(database.query("PRAGMA integrity_check") == [("ok",)], "the file is corrupt")


async def write_until_killed(server: Server, ledger: Ledger, number: int) -> None:
    async with server.async_client() as client:
        begun, killed = asyncio.Event(), asyncio.Event()
        writers = [
            asyncio.create_task(write(client, ledger, f"{number}.{mine}", begun, killed))
            for mine in range(CLIENTS)
        ]
        async with asyncio.timeout(60):
            await begun.wait()
        await asyncio.sleep(random.uniform(0, 0.5))
        killed.set()
        await asyncio.to_thread(server.kill)
        await asyncio.gather(*writers)


async def write(
    client: httpx2.AsyncClient, ledger: Ledger, name: str, begun: asyncio.Event, killed: asyncio.Event
) -> None:
    for number in range(1_000_000):
        item = an_item(f"{name}.{number}")
        ledger.asked.add(item["name"])
        try:
            answer = await client.post("/items/", json=item)
        except httpx2.TransportError as error:
            require(killed.is_set(), f"a request failed before the kill: {error!r}")
            return
        require(answer.status_code == 201, f"{answer.status_code} {answer.text}")
        ledger.acknowledged.add(answer.json()["name"])
        ledger.ids.append(answer.json()["id"])
        begun.set()


if __name__ == "__main__":
    run(main)
