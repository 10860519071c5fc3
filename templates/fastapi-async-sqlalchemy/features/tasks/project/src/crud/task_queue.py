"""What a task of the queue does: a background job that takes a while."""

import asyncio
from uuid import UUID

from starlette.datastructures import State

from src.core.errors import NotFound
from src.crud.jobs import Jobs, Kind
from src.models.jobs import Job


async def work(state: State, duration: float) -> str:
    """Put your own work here. A restart begins it again, so it must do no harm twice."""
    await asyncio.sleep(duration)
    return f"worked for {duration:g} seconds"


TASK = Kind("task", work)


async def get_task(jobs: Jobs, task_id: UUID) -> Job:
    """Jobs of other kinds are not tasks."""
    job = await jobs.get(task_id)
    if job.kind != TASK.name:
        raise NotFound("Job", task_id)
    return job
