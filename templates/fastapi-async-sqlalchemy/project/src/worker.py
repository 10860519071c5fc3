"""Does the jobs that the servers have accepted: taskiq worker src.worker:broker

It needs a Redis, by which it hears of them (QUEUE_URL), and the same database and folder.
"""

from contextlib import AsyncExitStack

from taskiq import TaskiqEvents, TaskiqState

from src import services
from src.core import database, log
from src.core.config import Settings
from src.core.queue import IN_PROCESS, make_broker

settings = Settings()
if settings.QUEUE_URL == IN_PROCESS:
    raise SystemExit("QUEUE_URL is memory://, so the server does the jobs itself: name a Redis")

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
