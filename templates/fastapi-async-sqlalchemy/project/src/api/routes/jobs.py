"""/jobs over HTTP: how far it is with what is done in the background."""

from uuid import UUID

from fastapi import APIRouter

from src.api.deps import JobsDep
from src.api.errors import answers
from src.schemas.jobs import JobInfo

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("/{job_id}", responses=answers({404: "Job not found"}))
async def read_job(job_id: UUID, jobs: JobsDep) -> JobInfo:
    return JobInfo.model_validate(await jobs.get(job_id))
