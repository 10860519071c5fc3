"""/external-data over HTTP: what other services answer, all at once or one of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import JsonValue

from src.api.errors import NO_ROOM, Error, Responses, answers
from src.crud.sources import FETCH, Sources, sources_of
from src.jobs import JobsDep
from src.schemas.jobs import JobInfo
from src.schemas.sources import ExternalData

router = APIRouter(prefix="/external-data", tags=["external data"])


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_sources(request: Request) -> Sources:
    return sources_of(request.app.state)


SourcesDep = Annotated[Sources, Depends(get_sources)]

FAILED = {"model": Error, "description": "The source answered with this error"}
SOURCE: Responses = answers({404: "Source not found", 502: "The source's answer is of no use"}) | {
    "4XX": FAILED,
    "5XX": FAILED,
}


@router.get("/")
async def read_external_data(sources: SourcesDep) -> ExternalData:
    """All sources at once. One that fails is listed in `errors` and costs only its own part."""
    return await sources.fetch_all()


@router.get("/{source}", responses=SOURCE)
async def read_source(source: str, sources: SourcesDep) -> JsonValue:
    return await sources.fetch(source)


@router.post("/", status_code=202, responses=NO_ROOM)
async def start_fetching(jobs: JobsDep, request: Request, response: Response) -> JobInfo:
    """The same in the background: poll the job in the header Location."""
    job = await jobs.start(FETCH.name)
    response.headers["Location"] = request.url_for("read_job", job_id=job.id).path
    return JobInfo.model_validate(job)
