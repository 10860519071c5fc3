"""A worker, which does the jobs that servers accept: taskiq worker src.worker:broker

It gets them through a Redis (QUEUE_URL), and uses whatever the servers use.
"""

from contextlib import AsyncExitStack

from starlette.datastructures import State
from taskiq import TaskiqEvents, TaskiqState

from src.core import log
from src.core.periodic import repeated
from src.core.queue import IN_PROCESS, JobSettings, make_broker
from src.env_file import read_settings
from src.lifespan import everything_open
from src.worker_alive import TOUCH_EVERY_S, touch

settings = read_settings()
job_settings = JobSettings()
if job_settings.QUEUE_URL == IN_PROCESS:
    raise SystemExit("set QUEUE_URL to a Redis: with memory://, the server does the jobs itself")

broker = make_broker(job_settings)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def open_services(state: TaskiqState) -> None:
    log.configure(settings.LOG_LEVEL)
    state.stack = AsyncExitStack()
    everything = everything_open(State({"broker": broker}), settings)
    await state.stack.enter_async_context(everything)
    await state.stack.enter_async_context(repeated(touch, TOUCH_EVERY_S))


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def close_services(state: TaskiqState) -> None:
    await state.stack.aclose()
