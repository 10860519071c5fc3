"""Slow "external" services, which are part of the project so that it needs no internet."""

import asyncio
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from httpx2 import ASGITransport, AsyncClient

services = FastAPI(openapi_url=None)


class Service(StrEnum):
    PROFILE = "profile"
    ORDERS = "orders"
    WEATHER = "weather"


@services.get("/{service}")
async def answer_slowly(service: Service) -> dict[str, str]:
    await asyncio.sleep(1)
    return {"service": service, "data": f"Data of {service}"}


def open_client() -> AsyncClient:
    """Open one client for the application, so that connections are used again.

    Without `transport`, the same code calls a service on the internet.
    """
    return AsyncClient(transport=ASGITransport(services), base_url="http://external", timeout=5)


def get_client(request: Request) -> AsyncClient:
    return request.state.client


ClientDep = Annotated[AsyncClient, Depends(get_client)]


async def fetch(client: AsyncClient, service: Service) -> dict[str, Any]:
    response = await client.get(service)
    return response.raise_for_status().json()


async def fetch_all(client: AsyncClient, *wanted: Service) -> list[dict[str, Any]]:
    """Fetch from all at the same time. If one fails, the others are cancelled."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(client, service)) for service in wanted]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]
