"""/tasks over HTTP: submit a task, and ask how it is getting on."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from src.api.errors import NO_ROOM, answers
from src.crud.task_queue import TASK, get_task
from src.jobs import JobsDep
from src.schemas.jobs import JobInfo

LONGEST_S = 300

Duration = Annotated[float, Query(ge=0, le=LONGEST_S, description="Seconds that the task takes")]

router = APIRouter(prefix="/tasks", tags=["tasks"])


@router.post("/submit", status_code=202, responses=NO_ROOM)
async def submit_to_queue(
    duration: Duration, jobs: JobsDep, request: Request, response: Response
) -> JobInfo:
    """Once this has answered, the task is done, whatever crashes. Poll its `Location`."""
    job = await jobs.start(TASK.name, duration=duration)
    response.headers["Location"] = request.url_for("read_from_queue", task_id=job.id).path
    return JobInfo.model_validate(job)


@router.get("/{task_id:uuid}", responses=answers({404: "Task not found"}))
async def read_from_queue(task_id: UUID, jobs: JobsDep) -> JobInfo:
    """A task that is done has a `result`, until `JOB_KEEP` days after its end."""
    return JobInfo.model_validate(await get_task(jobs, task_id))
