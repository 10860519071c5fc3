"""Proof that creates at the same time are all kept, each under an id of its own.

python -m tests.proofs.concurrent_posts [--posts 2000] [--batches 100]
"""

import argparse
import asyncio
import json
import random
import resource
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tests.proofs.flagship import Server, render, serve
from tests.proofs.items import Item, an_item, read_items
from tests.proofs.proof import new_room, require, run

BATCH = 10


def main() -> None:
    arguments = parse()
    allow_many_connections()
    with new_room() as room:
        project = render(room)
        for workers in (1, 2):
            for batches in (0, arguments.batches):
                data_file = room / f"{workers}-workers-{batches}-batches" / "items.json"
                prove(project, data_file, workers, arguments.posts, batches)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--posts", type=int, default=2000)
    parser.add_argument("--batches", type=int, default=100, help=f"of {BATCH} items, in between")
    return parser.parse_args()


def allow_many_connections() -> None:
    """Each is a file, here and in the server, which inherits this."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def prove(project: Path, data_file: Path, workers: int, posts: int, batches: int) -> None:
    data_file.parent.mkdir(exist_ok=True)
    with serve(project, data_file, workers=workers) as server:
        requests = [Post("/items/", an_item(f"Item {number}")) for number in range(posts)]
        requests += [Post("/items/batch", a_batch(number)) for number in range(batches)]
        created = asyncio.run(create(server, random.sample(requests, len(requests))))
    check_kept(created, read_items(data_file), posts + batches * BATCH)
    at_once = f"{workers} workers: {posts} posts and {batches} batches at once"
    print(f"{at_once}: {len(created)} items kept, no id twice", flush=True)


def a_batch(number: int) -> list[Item]:
    return [an_item(f"Item {position} of batch {number}") for position in range(BATCH)]


@dataclass(frozen=True)
class Post:
    path: str
    body: Any

    def __bytes__(self) -> bytes:
        body = json.dumps(self.body).encode()
        head = f"POST {self.path} HTTP/1.1\r\nHost: proof\r\nConnection: close\r\n"
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return f"{head}{kind}".encode() + body


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    @classmethod
    def parse(cls, data: bytes) -> Self:
        head, _, body = data.partition(b"\r\n\r\n")
        return cls(int(head.split()[1]), json.loads(body))


async def create(server: Server, posts: list[Post]) -> list[Item]:
    """Send all requests before the first answer is read, each on a connection of its own.

    An HTTP client is not used, as its pool of connections would send them one after the other.
    """
    address = urlsplit(server.url)
    connections = [await asyncio.open_connection(address.hostname, address.port) for _ in posts]
    for post, (_, writer) in zip(posts, connections, strict=True):
        writer.write(bytes(post))
    received = await asyncio.gather(*(reader.read() for reader, _ in connections))
    answers = [Answer.parse(data) for data in received]
    for _, writer in connections:
        writer.close()
    statuses = Counter(answer.status for answer in answers)
    require(set(statuses) == {201}, f"answers other than 201: {statuses}")
    bodies = [answer.body for answer in answers]
    return [item for body in bodies for item in (body if isinstance(body, list) else [body])]


def check_kept(created: list[Item], kept: dict[int, Item], expected: int) -> None:
    by_id = {item["id"]: item for item in created}
    require(len(created) == expected, f"{len(created)} items were acknowledged, not {expected}")
    require(len(by_id) == expected, f"{expected - len(by_id)} ids were handed out twice")
    require(by_id == kept, f"{len(kept)} items are in the file, not the {expected} that were acknowledged")


if __name__ == "__main__":
    run(main)
