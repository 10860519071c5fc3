"""Which tables have live updates: the changes of one that is not in this list are not told."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.datastructures import State

from src.core.errors import AppError
from src.core.hub import Hub
from src.core.records import Change, Records
from src.crud import (
    items,
    users,
)

logger = logging.getLogger(__name__)

LIVE: list[Records[Any]] = [
    items.ITEMS,
    users.USERS,
]

CHANGES = "changes"
MAX_WAITING = 10_000
PAUSE_S = 1.0
LAST_S = 2.0  # for those that wait at the end


@asynccontextmanager
async def announcing(state: State) -> AsyncIterator[None]:
    changes = asyncio.Queue[Change](MAX_WAITING)

    def heard(change: Change) -> None:
        try:
            changes.put_nowait(change)
        except asyncio.QueueFull:
            logger.warning("a change is not told: %s", change)

    for records in LIVE:
        records.listeners.append(heard)
    task = asyncio.create_task(_announce(changes, state.hub))
    try:
        yield
    finally:
        for records in LIVE:
            records.listeners.remove(heard)
        with suppress(TimeoutError):
            await asyncio.wait_for(changes.join(), LAST_S)
        task.cancel()


async def _announce(changes: asyncio.Queue[Change], hub: Hub) -> None:
    while True:
        await _publish(await changes.get(), hub)
        changes.task_done()


async def _publish(change: Change, hub: Hub) -> None:
    while True:
        try:
            await hub.publish(CHANGES, json.dumps(change._asdict()))
            return
        except AppError:
            await asyncio.sleep(PAUSE_S)
