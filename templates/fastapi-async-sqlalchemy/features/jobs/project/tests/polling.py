"""Waits for what is done in the background, as a client does: by asking again."""

import asyncio
from typing import Any

from httpx2 import AsyncClient

FINAL = {"done", "failed"}


async def done(client: AsyncClient, url: str) -> dict[str, Any]:
    """The job or the file at this address, when the work on it has come to an end."""
    async with asyncio.timeout(10):
        while True:
            found: dict[str, Any] = (await client.get(url)).json()
            if found.get("state", found.get("status")) in FINAL:
                return found
            await asyncio.sleep(0.005)
