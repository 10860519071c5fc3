"""Proof that no acknowledged write is lost when the server is killed while it writes.

python -m tests.proofs.kills [--kills 50] [--items 1000 20000] [--workers 1 2]

Each server starts on the file that the kill before has left.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.proofs.flagship import Server, render, serve
from tests.proofs.items import Item, an_item, read_items, write_items
from tests.proofs.proof import new_room, require, run

CLIENTS = 16


def main() -> None:
    arguments = parse()
    with new_room() as room:
        project = render(room)
        for items in arguments.items:
            for workers in arguments.workers:
                data_file = write_items(room / f"{items}-{workers}" / "items.json", items)
                prove(project, data_file, workers, arguments.kills)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=3, help="for each number of items and workers")
    parser.add_argument("--items", type=int, nargs="+", default=[1000, 20_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    return parser.parse_args()


def prove(project: Path, data_file: Path, workers: int, kills: int) -> None:
    known = read_items(data_file)
    items, ledger = len(known), Ledger({**known})
    for number in range(kills):
        with serve(project, data_file, workers=workers) as server:
            asyncio.run(write_until_killed(server, data_file, ledger, number))
        ledger.compare(read_items(data_file))
    print(
        f"{items} items, {workers} workers: {kills} kills, {ledger.acknowledged} acknowledged writes"
        f" and {ledger.unanswered} without an answer: none lost, no id twice, file valid",
        flush=True,
    )


@dataclass
class Ledger:
    """What has been acknowledged of each id (None: deleted), and what has been asked without an answer."""

    state: dict[int, Item | None]
    asked: dict[int, Item | None] = field(default_factory=dict)
    named: list[set[str]] = field(default_factory=list)
    acknowledged: int = 0
    unanswered: int = 0

    def created(self, names: Iterable[str], items: list[Item]) -> None:
        self.named.remove({*names})
        for item in items:
            require(item["id"] not in self.state, f"the id {item['id']} was handed out twice")
            self.state[item["id"]] = item
        self.acknowledged += 1

    def changed(self, item_id: int) -> None:
        self.state[item_id] = self.asked.pop(item_id)
        self.acknowledged += 1

    def compare(self, kept: dict[int, Item]) -> None:
        """What has had no answer may have been done or not; then go on from what is there."""
        for item_id, item in self.state.items():
            possible = [item, self.asked.get(item_id, item)]
            require(kept.get(item_id) in possible, f"{kept.get(item_id)} is kept, but {possible} was written")
        new = {item_id: item for item_id, item in kept.items() if item_id not in self.state}
        self._compare_unanswered([item["name"] for item in new.values()])
        self.unanswered += len(self.asked) + len(self.named)
        self.state.update({item_id: kept.get(item_id) for item_id in self.asked} | new)
        self.asked, self.named = {}, []

    def _compare_unanswered(self, names: list[str]) -> None:
        for batch in self.named:
            found = batch & {*names}
            require(found in (batch, set()), f"a part of a batch is kept: {found} of {batch}")
        surplus = {*names} - {name for batch in self.named for name in batch}
        require(not surplus, f"items are kept that were never asked for: {surplus}")


async def write_until_killed(server: Server, data_file: Path, ledger: Ledger, number: int) -> None:
    async with server.async_client() as client:
        killed = asyncio.Event()
        writers = [Writer(client, ledger, killed, f"{number}.{mine}", mine) for mine in range(CLIENTS)]
        tasks = [asyncio.create_task(writer.write()) for writer in writers]
        await first_answer(ledger, ledger.acknowledged, tasks)
        await asyncio.sleep(random.uniform(0, 0.4))
        killed.set()
        await asyncio.to_thread(kill_in_a_write, server, data_file)
        await asyncio.gather(*tasks)


def kill_in_a_write(server: Server, data_file: Path) -> None:
    """At random, a kill would mostly come between two writes of a small file."""
    before, latest = changes(data_file), time.monotonic() + 0.5
    while changes(data_file) == before and time.monotonic() < latest:
        pass
    time.sleep(random.choice([0, random.uniform(0, 0.005)]))
    server.kill()


def changes(data_file: Path) -> list[tuple[int, int]]:
    """Of the file, or of another one that is made beside it."""
    return [(stat.st_mtime_ns, stat.st_size) for stat in (data_file.stat(), data_file.parent.stat())]


async def first_answer(ledger: Ledger, before: int, tasks: list[asyncio.Task[None]]) -> None:
    async with asyncio.timeout(60):
        while ledger.acknowledged == before and not any(task.done() for task in tasks):
            await asyncio.sleep(0.005)


class Writer:
    """One client: it changes only ids that are its own, so that the last acknowledged state is known."""

    def __init__(
        self, client: httpx2.AsyncClient, ledger: Ledger, killed: asyncio.Event, name: str, mine: int
    ) -> None:
        self.client = client
        self.ledger = ledger
        self.killed = killed
        self.name = name
        self.own = [i for i, item in ledger.state.items() if item and i % CLIENTS == mine]
        self.requests = 0

    async def write(self) -> None:
        while True:
            change = random.choice([self.post, self.post_batch, self.put, self.put, self.delete])
            try:
                await change()
            except httpx2.TransportError as error:
                require(self.killed.is_set(), f"a request failed before the kill: {error!r}")
                return

    async def post(self) -> None:
        await self.create("/items/", [an_item(self.new_name())], one=True)

    async def post_batch(self) -> None:
        await self.create("/items/batch", [an_item(self.new_name()) for _ in range(3)], one=False)

    async def create(self, path: str, items: list[Item], one: bool) -> None:
        names = {item["name"] for item in items}
        self.ledger.named.append(names)
        answer = await self.ask("POST", path, 201, items[0] if one else items)
        created = [answer.json()] if one else answer.json()
        self.ledger.created(names, created)
        self.own += [item["id"] for item in created]

    async def put(self) -> None:
        if not self.own:
            return await self.post()
        item_id = random.choice(self.own)
        changes = {"name": self.new_name(), "price": float(self.requests)}
        self.ledger.asked[item_id] = {**(self.ledger.state[item_id] or {}), **changes}
        answer = await self.ask("PUT", f"/items/{item_id}", 200, changes)
        require(answer.json() == self.ledger.asked[item_id], f"{answer.json()} is not what was asked for")
        return self.ledger.changed(item_id)

    async def delete(self) -> None:
        """Often the newest of all, whose id a careless server would hand out again."""
        if not self.own:
            return await self.post()
        item_id = self.own.pop(random.choice([-1, random.randrange(len(self.own))]))
        self.ledger.asked[item_id] = None
        await self.ask("DELETE", f"/items/{item_id}", 204, None)
        return self.ledger.changed(item_id)

    async def ask(self, method: str, path: str, status: int, body: Any) -> httpx2.Response:
        answer = await self.client.request(method, path, json=body)
        require(answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}")
        return answer

    def new_name(self) -> str:
        self.requests += 1
        return f"{self.name}.{self.requests}"


if __name__ == "__main__":
    run(main)
