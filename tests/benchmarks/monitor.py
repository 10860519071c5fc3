"""What the feature monitor costs a request: an application that does nothing, with and without it around.

    cd PROJECT && python FASTKIT/tests/benchmarks/monitor.py [--requests 20000] [--rounds 9]

PROJECT has the feature, and this Python what the project requires. The two take turns.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from rich.console import Console

Application = Callable[..., Awaitable[None]]


async def nothing(scope: dict[str, Any], receive: Application, send: Application) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def receive() -> dict[str, Any]:
    return {"type": "http.request"}


async def send(message: dict[str, Any]) -> None:
    pass


async def microseconds(app: Application, requests: int) -> float:
    """Of one request."""
    begin = time.perf_counter()
    for _ in range(requests):
        await app({"type": "http", "method": "GET", "path": "/"}, receive, send)
    return (time.perf_counter() - begin) / requests * 1e6


async def compare(requests: int, rounds: int) -> None:
    sys.path.insert(0, "")
    from src.core.monitor import Monitor  # of the project

    monitor = Monitor(nothing)
    costs = []
    for _ in range(rounds):
        without = await microseconds(nothing, requests)
        costs.append(await microseconds(monitor, requests) - without)
    Console().print(f"the monitor costs {statistics.median(costs):.1f} µs a request")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    wanted = parser.parse_args()
    asyncio.run(compare(wanted.requests, wanted.rounds))


if __name__ == "__main__":
    main()
