"""Load a running server and see how long it takes: `python test_async.py`.

Start it in another terminal first: `uvicorn app.main:app`. Exits with 1 if what waits in turn does
not take at least one and a half times as long as what waits together.
"""

import argparse
import asyncio
import sys
import time

from httpx2 import AsyncClient, HTTPError, Limits
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

console = Console()


async def load(client: AsyncClient, path: str, requests: int, progress: Progress) -> float:
    """Send all requests at once; the seconds until the last one is answered."""
    bar = progress.add_task(f"{requests} x {path}", total=requests)

    async def send() -> None:
        (await client.get(path)).raise_for_status()
        progress.advance(bar)

    begin = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(requests)))
    return time.perf_counter() - begin


Load = tuple[str, int, float]


async def measure(url: str, delay: float, many: int) -> list[Load]:
    loads = [
        (f"/async-delay/{delay:g}", 3),
        (f"/sync-delay/{delay:g}", 3),
        ("/performance/async", 1),
        ("/performance/sync", 1),
        (f"/async-delay/{delay:g}", many),
    ]
    # trust_env: a proxy from the environment would lead away from this machine.
    limits = Limits(max_connections=None)
    async with AsyncClient(base_url=url, limits=limits, timeout=60, trust_env=False) as client:
        with Progress(console=console) as progress:
            return [(path, n, await load(client, path, n, progress)) for path, n in loads]


def report(loads: list[Load]) -> float:
    """Print a table, and return how many times as long sync takes as async, at least."""
    table = Table("Path", "Requests", "Seconds", "Requests per second")
    for path, requests, seconds in loads:
        table.add_row(path, str(requests), f"{seconds:.2f}", f"{requests / seconds:.1f}")
    console.print(table)
    async_delays, sync_delays, together, in_turn, _ = (seconds for *_, seconds in loads)
    ratios = sync_delays / async_delays, in_turn / together
    console.print("sync takes {:.1f} and {:.1f} times as long as async".format(*ratios))
    return min(ratios)


def main() -> None:
    parser = argparse.ArgumentParser(description="Load a running server")
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--delay", type=float, default=2, help="seconds that a request waits")
    parser.add_argument("--many", type=int, default=200, help="requests of the last load")
    args = parser.parse_args()
    if not (0 < args.delay <= 5 and args.many > 0):
        parser.error("--delay must be more than 0 and at most 5, and --many at least 1")
    try:
        ratio = report(asyncio.run(measure(args.url, args.delay, args.many)))
    except HTTPError as error:
        sys.exit(f"error: {error or type(error).__name__}\nis the server running at {args.url}?")
    sys.exit(0 if ratio > 1.5 else 1)


if __name__ == "__main__":
    main()
