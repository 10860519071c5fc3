"""/jobs over HTTP: how far it is with what is done in the background."""

from uuid import UUID

from fastapi import APIRouter

from src.api.deps import JobsDep
from src.api.errors import INVALID, NOT_FOUND
from src.schemas.jobs import JobInfo

router = APIRouter(prefix="/jobs", tags=["jobs"], responses=INVALID)


@router.get("/{job_id}", responses=NOT_FOUND)
async def read_job(job_id: UUID, jobs: JobsDep) -> JobInfo:
    return JobInfo.model_validate(await jobs.get(job_id))
