"""What the application uses besides its database: opened at the start, closed at the end."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from taskiq import AsyncBroker

from src.core import cache, http
from src.core.cache import Cache
from src.core.config import Settings
from src.core.database import Database
from src.core.folder import Folder
from src.core.periodic import repeated
from src.core.queue import make_broker
from src.crud.files import Files
from src.crud.jobs import Jobs
from src.crud.sources import Sources

HOUR_S = 60 * 60
DAY_S = 24 * HOUR_S


@dataclass(frozen=True)
class Services:
    cache: Cache
    sources: Sources
    jobs: Jobs
    files: Files


@asynccontextmanager
async def opened(
    settings: Settings, database: Database, broker: AsyncBroker | None = None
) -> AsyncIterator[Services]:
    """For the server or, with the broker that it listens to, for a worker."""
    async with AsyncExitStack() as stack:
        kept = await stack.enter_async_context(cache.opened(settings))
        client = await stack.enter_async_context(http.opened(settings))
        if broker is None:
            broker = make_broker(settings)
            stack.push_async_callback(broker.shutdown)
        jobs = Jobs(
            database,
            broker,
            attempts=settings.JOB_ATTEMPTS,
            hold_s=settings.JOB_TAKEOVER_AFTER,
            at_once=settings.MAX_CONCURRENT_JOBS or sys.maxsize,
            keep_s=settings.JOB_KEEP * DAY_S,
        )
        sources = Sources(client, settings.SOURCES, settings.SOURCE_TIMEOUT, jobs)
        folder = Folder(settings.UPLOAD_FOLDER, settings.MAX_UPLOAD_SIZE)
        await folder.open(settings.TRANSFER_TIMEOUT or DAY_S)
        files = Files(database, folder, jobs, settings.UPLOAD_TYPES)
        settle = partial(files.settle, settings.TRANSFER_TIMEOUT or DAY_S)
        await stack.enter_async_context(repeated(settle, HOUR_S))
        await stack.enter_async_context(jobs.running())
        yield Services(kept, sources, jobs, files)
