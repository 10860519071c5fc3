"""Work that is repeated while the application runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

logger = logging.getLogger(__name__)


@asynccontextmanager
async def repeated(work: Callable[[], Awaitable[None]], every_s: float) -> AsyncIterator[None]:
    """At once and every so many seconds, until the block ends. A failure is logged."""
    over = asyncio.Event()
    repeating = asyncio.create_task(_repeat(work, every_s, over))
    try:
        yield
    finally:  # not cancelled: that would cost the connection of a statement under way
        over.set()
        await repeating


async def _repeat(work: Callable[[], Awaitable[None]], every_s: float, over: asyncio.Event) -> None:
    while not over.is_set():
        try:
            await work()
        except Exception as error:
            logger.warning("%s failed and is repeated in %s s: %r", work, every_s, error)
        await set_within(over, every_s)


async def set_within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
