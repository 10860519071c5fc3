"""The kinds of background jobs, and how jobs are done while the application runs."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import State

from src.core.queue import JobSettings, make_broker
from src.crud.jobs import Jobs, Kind

DAY_S = 24 * 60 * 60


KINDS: list[Kind] = []


@asynccontextmanager
async def opened(state: State) -> AsyncIterator[None]:
    """A worker has put the broker that it listens to into the state."""
    settings = JobSettings()
    broker = getattr(state, "broker", None) or make_broker(settings)
    jobs = state.jobs = Jobs(
        state.database,
        broker,
        attempts=settings.JOB_ATTEMPTS,
        hold_s=settings.JOB_TAKEOVER_AFTER,
        at_once=settings.MAX_CONCURRENT_JOBS or sys.maxsize,
        keep_s=settings.JOB_KEEP * DAY_S,
    )
    jobs.kinds |= {kind.name: partial(kind.work, state) for kind in KINDS}
    jobs.owned |= {kind.name for kind in KINDS if kind.owned}
    yield
    if not hasattr(state, "broker"):
        await broker.shutdown()


@asynccontextmanager
async def running(state: State) -> AsyncIterator[None]:
    jobs: Jobs = state.jobs
    async with jobs.running():
        yield


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


JobsDep = Annotated[Jobs, Depends(get_jobs)]
