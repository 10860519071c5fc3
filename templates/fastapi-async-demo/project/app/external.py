"""Slow "external" services, which are part of the project so that it needs no internet."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Request
from httpx2 import ASGITransport, AsyncClient

Service = Literal["profile", "orders", "weather"]

SERVICES: dict[Service, dict[str, Any]] = {
    "profile": {"service": "profile", "city": "Lisbon"},
    "orders": {"service": "orders", "open": 2},
    "weather": {"service": "weather", "celsius": 21},
}

services = FastAPI(openapi_url=None)


@services.get("/{service}")
async def answer_slowly(service: Service) -> dict[str, Any]:
    await asyncio.sleep(1)
    return SERVICES[service]


def open_client() -> AsyncClient:
    """One client for the whole application, so that connections are used again.

    Without `transport`, the same code calls a service on the internet.
    """
    return AsyncClient(transport=ASGITransport(services), base_url="http://external", timeout=5)


async def get_client(request: Request) -> AsyncClient:
    client: AsyncClient = request.state.client
    return client


ClientDep = Annotated[AsyncClient, Depends(get_client)]


async def fetch(client: AsyncClient, service: Service) -> dict[str, Any]:
    response = await client.get(service)
    data: dict[str, Any] = response.raise_for_status().json()
    return data


async def fetch_all(client: AsyncClient, *wanted: Service) -> list[dict[str, Any]]:
    """Fetch from all at the same time. If one fails, the others are cancelled."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(client, service)) for service in wanted]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]
