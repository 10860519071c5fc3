"""Measure the server on this machine: create, read and delete items, many at once."""

import asyncio
import statistics
import time
from collections.abc import Sequence

from httpx2 import AsyncClient, HTTPError, Limits, Response

REQUESTS = 1000
CONCURRENCY = 50
ITEM = {"name": "Measured", "price": 1.0}


async def measure(client: AsyncClient, method: str, paths: Sequence[str]) -> list[Response]:
    """Keep CONCURRENCY requests under way until all are done, and print how long they took."""
    waiting = iter(paths)
    responses: list[Response] = []

    async def send() -> None:
        for path in waiting:
            response = await client.request(method, path, json=ITEM if method == "POST" else None)
            responses.append(response.raise_for_status())

    begin = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(CONCURRENCY)))
    per_s = len(responses) / (time.perf_counter() - begin)
    ms = statistics.quantiles([r.elapsed.total_seconds() * 1000 for r in responses], n=100)
    print(f"{method:6} {per_s:6.0f} requests/s, p50 {ms[49]:.1f} ms, p99 {ms[98]:.1f} ms")
    return responses


async def main() -> None:
    url, limits = "http://127.0.0.1:8000", Limits(max_connections=CONCURRENCY)
    # trust_env: a proxy from the environment would lead away from this machine.
    async with AsyncClient(base_url=url, limits=limits, timeout=30, trust_env=False) as client:
        created = await measure(client, "POST", ["/items/"] * REQUESTS)
        paths = [f"/items/{response.json()['id']}" for response in created]
        await measure(client, "GET", paths)
        await measure(client, "DELETE", paths)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except HTTPError as error:
        raise SystemExit(f"error: {error}") from None
