"""/jobs over HTTP: the state of a background job."""

from uuid import UUID

from fastapi import APIRouter

from src.api.errors import answers
from src.jobs import JobsDep
from src.schemas.jobs import JobInfo

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("/{job_id:uuid}", responses=answers({404: "Job not found"}))
async def read_job(job_id: UUID, jobs: JobsDep) -> JobInfo:
    return JobInfo.model_validate(await jobs.get(job_id))
