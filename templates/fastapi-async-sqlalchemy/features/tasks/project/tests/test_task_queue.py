"""A task is done once it has been accepted, and its submitter can ask how it is getting on."""

import asyncio
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient
from sqlalchemy import update

from src.api.routes.task_queue import LONGEST_S
from src.core.config import Settings
from src.core.database import opened
from src.main import create_app
from src.models.jobs import Job
from tests.conftest import APP, started
from tests.polling import done


async def test_a_task_is_accepted_and_done(async_client: AsyncClient) -> None:
    accepted = await async_client.post("/tasks/submit?duration=0.25")
    assert accepted.status_code == 202
    assert accepted.json()["state"] == "queued"
    assert accepted.headers["Location"] == f"/tasks/{accepted.json()['id']}"

    task = await done(async_client, accepted.headers["Location"])
    assert (task["state"], task["kind"]) == ("done", "task")
    assert task["result"] == "worked for 0.25 seconds"


@pytest.mark.parametrize("root_path", ["/api"])
async def test_the_location_is_right_behind_a_proxy(async_client: AsyncClient) -> None:
    accepted = await async_client.post("/tasks/submit?duration=0")
    assert accepted.headers["Location"] == f"/api/tasks/{accepted.json()['id']}"


async def test_nobody_waits_for_a_task_that_is_submitted(async_client: AsyncClient) -> None:
    async with asyncio.timeout(10):
        location = (await async_client.post("/tasks/submit?duration=60")).headers["Location"]
        assert (await async_client.get(location)).json()["result"] is None


@pytest.mark.parametrize("duration", ["-0.1", LONGEST_S + 0.1, "nan", "inf", "long", ""])
async def test_nobody_can_submit_an_endless_task(
    duration: object, async_client: AsyncClient
) -> None:
    refused = await async_client.post(f"/tasks/submit?duration={duration}")
    assert refused.status_code == 422


async def test_a_duration_is_required(async_client: AsyncClient) -> None:
    assert (await async_client.post("/tasks/submit")).status_code == 422


@pytest.mark.parametrize("task_id", [uuid4(), "1", "submit"])
async def test_a_task_that_nobody_submitted_is_not_found(
    task_id: object, async_client: AsyncClient
) -> None:
    assert (await async_client.get(f"/tasks/{task_id}")).status_code in {404, 405}


async def test_a_job_of_another_kind_is_not_a_task(async_client: AsyncClient) -> None:
    async with APP.state.database.transaction() as session:
        job = APP.state.jobs.accept(session, "another")
    assert (await async_client.get(f"/jobs/{job.id}")).status_code == 200
    assert (await async_client.get(f"/tasks/{job.id}")).status_code == 404


async def test_a_task_survives_a_restart(committed: Settings) -> None:
    app = create_app(committed)
    async with started(app) as client:
        location = (await client.post("/tasks/submit?duration=60")).headers["Location"]
    async with opened(committed) as database:
        shorter = update(Job).values(arguments={"duration": 0}, due_at=0.0)
        await database.execute(shorter.where(Job.id == UUID(location.rpartition("/")[2])))

    async with started(app) as client:
        assert (await done(client, location))["result"] == "worked for 0 seconds"
