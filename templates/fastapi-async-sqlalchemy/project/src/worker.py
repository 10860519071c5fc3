"""A worker, which does the jobs that servers accept: taskiq worker src.worker:broker

It gets them through a Redis (QUEUE_URL), and uses the same database and folder as the servers.
"""

from contextlib import AsyncExitStack

from taskiq import TaskiqEvents, TaskiqState

from src import services
from src.core import database, log
from src.core.config import Settings
from src.core.queue import IN_PROCESS, make_broker

settings = Settings()
if settings.QUEUE_URL == IN_PROCESS:
    raise SystemExit("set QUEUE_URL to a Redis: with memory://, the server does the jobs itself")

broker = make_broker(settings)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def open_services(state: TaskiqState) -> None:
    log.configure(settings.LOG_LEVEL)
    state.stack = AsyncExitStack()
    data = await state.stack.enter_async_context(database.opened(settings))
    await state.stack.enter_async_context(services.opened(settings, data, broker))


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def close_services(state: TaskiqState) -> None:
    await state.stack.aclose()
