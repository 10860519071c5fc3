"""Measures a running server: creates, reads and deletes items, many at once."""

import argparse
import asyncio
import ipaddress
import math
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from httpx2 import AsyncClient, HTTPError, Limits, Response
from rich.console import Console
from rich.progress import Progress
from rich.table import Table


@dataclass(frozen=True)
class Result:
    name: str
    elapsed_s: float
    latencies_s: Sequence[float]

    def percentile_ms(self, percent: int) -> float:
        ranked = sorted(self.latencies_s)
        return ranked[math.ceil(len(ranked) * percent / 100) - 1] * 1000


def count(text: str, most: int) -> int:
    number = int(text)
    if not 1 <= number <= most:
        raise argparse.ArgumentTypeError(f"must be between 1 and {most}")
    return number


def this_machine(url: str) -> str:
    """A load test of somebody else's server is an attack."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise argparse.ArgumentTypeError(f"`{url}` is not a web address")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"`{parts.hostname}` is not known") from error
    if not all(ipaddress.ip_address(address[4][0]).is_loopback for address in found):
        raise argparse.ArgumentTypeError(f"`{parts.hostname}` is not this machine")
    return url


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", type=this_machine, default="http://127.0.0.1:8000")
    parser.add_argument("--requests", type=lambda text: count(text, 100_000), default=1000)
    parser.add_argument("--concurrency", type=lambda text: count(text, 500), default=50)
    return parser.parse_args()


async def measure(
    name: str,
    requests: Sequence[Callable[[], Awaitable[Response]]],
    concurrency: int,
    progress: Progress,
) -> tuple[Result, list[Response]]:
    """Keeps `concurrency` requests under way until all are done."""
    bar = progress.add_task(name, total=len(requests))
    waiting = iter(requests)
    latencies: list[float] = []
    responses: list[Response] = []

    async def client() -> None:
        for request in waiting:
            begin = time.perf_counter()
            response = await request()
            latencies.append(time.perf_counter() - begin)
            responses.append(response.raise_for_status())
            progress.advance(bar)

    begin = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(concurrency)))
    return Result(name, time.perf_counter() - begin, latencies), responses


async def run(url: str, requests: int, concurrency: int) -> list[Result]:
    limits = Limits(max_connections=concurrency)
    # trust_env: a proxy from the environment would lead away from this machine.
    async with AsyncClient(base_url=url, limits=limits, timeout=30, trust_env=False) as http:
        with Progress() as progress:
            item = {"name": "Measured", "description": None, "price": 1.0, "tax": None}
            posts = [lambda: http.post("/items/", json=item)] * requests
            created, responses = await measure("create", posts, concurrency, progress)
            paths = [f"/items/{response.json()['id']}" for response in responses]
            gets = [lambda path=path: http.get(path) for path in paths]
            read, _ = await measure("read", gets, concurrency, progress)
            deletes = [lambda path=path: http.delete(path) for path in paths]
            deleted, _ = await measure("delete", deletes, concurrency, progress)
    return [created, read, deleted]


def as_table(results: Sequence[Result]) -> Table:
    table = Table("", "requests/s", "p50 ms", "p99 ms")
    for result in results:
        table.add_row(
            result.name,
            f"{len(result.latencies_s) / result.elapsed_s:.0f}",
            f"{result.percentile_ms(50):.1f}",
            f"{result.percentile_ms(99):.1f}",
        )
    return table


def main() -> int:
    options = arguments()
    try:
        results = asyncio.run(run(options.url, options.requests, options.concurrency))
    except HTTPError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    Console().print(as_table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
