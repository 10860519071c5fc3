"""Proof that creates at the same time are all kept, on SQLite and on PostgreSQL.

python -m tests.proofs.sql_creates [--posts 2000]
"""

import argparse
import asyncio
from collections import Counter
from pathlib import Path

from tests.proofs.concurrent_posts import Post, allow_many_connections, create
from tests.proofs.items import an_item
from tests.proofs.proof import new_room, require, run
from tests.proofs.sql import KINDS, new_database, render


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--posts", type=int, default=2000)
    posts = parser.parse_args().posts
    allow_many_connections()
    with new_room() as room:
        project = render(room)
        for kind in KINDS:
            for workers in (1, 2):
                prove(project, kind, workers, posts)


def prove(project: Path, kind: str, workers: int, posts: int) -> None:
    asked = [f"Item {number}" for number in range(posts)]
    with new_database(kind, project) as database:
        with database.serve(workers) as server:
            created = asyncio.run(create(server, [Post("/items/", an_item(name)) for name in asked]))
        kept = database.names()
    require(len({item["id"] for item in created}) == posts, "an id was handed out twice")
    require(Counter(item["name"] for item in created) == Counter(asked), "an answer is another's")
    require(kept == Counter(asked), f"{kept.total()} items are kept of {posts} that were acknowledged")
    print(f"{kind}, {workers} workers: {posts} creates at once: 0 lost, 0 duplicated", flush=True)


if __name__ == "__main__":
    run(main)
