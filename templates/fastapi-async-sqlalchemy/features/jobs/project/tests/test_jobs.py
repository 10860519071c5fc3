"""Jobs: done in the background, tried again, taken over, never lost."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select, update
from taskiq import InMemoryBroker

from src.core.database import Database
from src.core.errors import NotFound
from src.core.log import request_id
from src.crud import jobs as jobs_module
from src.crud.jobs import Jobs, pause_after
from src.models.jobs import Job
from tests.polling import FINAL

Start = Callable[..., Jobs]


@pytest.fixture
def process(database: Database) -> Start:
    """Another process on the same database: it hears of a job or, without `messages`, does not."""

    def start(messages: bool = True, **options: Any) -> Jobs:
        defaults = {"attempts": 3, "hold_s": 30.0, "at_once": 10, "pause_s": 0.0}
        jobs = Jobs(database, InMemoryBroker(), **{**defaults, "look_every_s": 0.01, **options})
        if not messages:
            jobs.hand_over = nobody  # type: ignore[method-assign]
        return jobs

    return start


async def nobody(job_id: UUID) -> None:
    """A message that is lost."""


async def ended(jobs: Jobs, job_id: UUID) -> Job:
    async with asyncio.timeout(10):
        while (job := await jobs.get(job_id)).state not in FINAL:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    return job


async def test_a_job_is_done_and_its_result_is_there(process: Start) -> None:
    async def add(a: int, b: int) -> int:
        return a + b

    jobs = process()
    jobs.kinds["add"] = add
    job = await ended(jobs, (await jobs.start("add", a=1, b=2)).id)

    assert (job.state, job.result, job.attempts, job.error) == ("done", 3, 1, None)


async def test_a_job_is_tried_again_after_a_failure(process: Start) -> None:
    tries = []

    async def work() -> str:
        tries.append(request_id.get())
        if len(tries) < 3:
            raise RuntimeError("secret")
        return "at last"

    jobs = process()
    jobs.kinds["work"] = work
    request_id.set("of-the-request")
    async with jobs.running():
        job = await ended(jobs, (await jobs.start("work")).id)

    assert (job.state, job.result, job.attempts, job.error) == ("done", "at last", 3, None)
    assert tries == ["of-the-request"] * 3


async def test_a_job_fails_after_its_last_attempt_and_hides_the_cause(
    process: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        raise RuntimeError("secret")

    jobs = process(attempts=2)
    jobs.kinds["work"] = work
    async with jobs.running():
        job = await ended(jobs, (await jobs.start("work")).id)

    assert (job.state, job.attempts, job.error) == ("failed", 2, "Unexpected error")
    assert caplog.text.count("RuntimeError: secret") == 2


def test_the_pauses_between_the_attempts_grow() -> None:
    assert [pause_after(tried, 1.0) for tried in (1, 2, 3, 19)] == [1, 2, 4, 300]


async def test_a_job_is_accepted_with_the_change_it_belongs_to_or_not_at_all(
    process: Start, database: Database
) -> None:
    async def change(jobs: Jobs) -> None:
        async with database.transaction() as session:
            jobs.accept(session, "work")
            await session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await change(process())

    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Job)) == 0


async def test_a_job_whose_message_is_lost_is_done_all_the_same(process: Start) -> None:
    jobs = process(messages=False, hold_s=0.02)
    jobs.kinds["work"] = done_it
    job = await jobs.start("work")
    other = process()
    other.kinds["work"] = done_it
    async with other.running():
        assert (await ended(other, job.id)).state == "done"


async def test_a_queue_that_cannot_be_reached_costs_no_job(
    process: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(message: Any) -> None:
        raise ConnectionError

    jobs = process()
    jobs.kinds["work"] = done_it
    jobs.broker.kick = fail  # type: ignore[method-assign]
    job = await jobs.start("work")

    assert (await jobs.get(job.id)).state == "queued"
    assert f"job {job.id} is handed over later: " in caplog.text


async def test_the_job_of_a_dead_process_is_done_by_another(process: Start) -> None:
    dead = process(messages=False)
    job = await dead.start("work")
    taken = await dead._take(job.id)
    assert taken is not None

    async def work() -> None:
        await dead._leave(taken, state="failed")  # it was not dead at all, and comes too late

    other = process(hold_s=0.05)
    other.kinds["work"] = work
    async with other.running():
        ended_job = await ended(other, job.id)

    assert (ended_job.state, ended_job.attempts) == ("done", 2)


async def test_a_job_that_kills_every_process_is_given_up(process: Start) -> None:
    dead = process(messages=False, attempts=1)
    job = await dead.start("work")
    await dead._take(job.id)

    other = process(attempts=1, hold_s=0.05)
    async with other.running():
        ended_job = await ended(other, job.id)

    assert (ended_job.state, ended_job.error) == ("failed", jobs_module.DIED)


async def test_a_job_is_held_as_long_as_it_takes(process: Start) -> None:
    hold_s, took = 0.3, []

    async def work() -> None:
        took.append(1)
        while (await jobs.get(job.id)).due_at < job.due_at + hold_s:  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    jobs, other = process(messages=False, hold_s=hold_s), process(hold_s=hold_s)
    jobs.kinds["work"] = other.kinds["work"] = work
    job = await jobs.start("work")
    async with asyncio.timeout(10), other.running():
        await jobs.run(job.id)

    assert (len(took), (await jobs.get(job.id)).attempts) == (1, 1)


async def test_a_job_that_two_processes_receive_is_done_once(process: Start) -> None:
    took = []

    async def work() -> None:
        took.append(1)

    first, second = process(messages=False), process(messages=False)
    first.kinds["work"] = second.kinds["work"] = work
    job = await first.start("work")
    await asyncio.gather(first.run(job.id), second.run(job.id), first.run(job.id))

    assert len(took) == 1


async def test_no_more_jobs_than_allowed_are_done_at_once(process: Start) -> None:
    running, most = 0, 0

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await jobs.get(started[0].id)  # its turn comes after that of whoever would begin as well
        running -= 1

    jobs = process(messages=False, at_once=2)
    jobs.kinds["work"] = work
    started = [await jobs.start("work") for _ in range(5)]
    await asyncio.gather(*(jobs.run(job.id) for job in started))

    assert most == 2


async def test_jobs_that_outlast_the_process_are_given_back(
    process: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = asyncio.Event()

    async def work() -> None:
        began.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(jobs_module, "GRACE_S", 0.01)
    jobs = process()
    jobs.kinds["work"] = work
    async with jobs.running():
        job = await jobs.start("work")
        await began.wait()

    given_back = await jobs.get(job.id)
    assert (given_back.state, given_back.due_at, given_back.attempts) == ("queued", 0, 0)


@pytest.mark.parametrize("wrong_by_s", [-3600.0, 3600.0])
async def test_a_wrong_clock_does_no_harm(
    process: Start, monkeypatch: pytest.MonkeyPatch, database: Database, wrong_by_s: float
) -> None:
    """Neither is a job taken from whoever does it, nor one that waits left alone."""
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + wrong_by_s)
    held = await process(messages=False).start("work")
    assert await process()._take(held.id)
    waiting = await process(messages=False, hold_s=0.05).start("work")
    async with database.transaction() as session:
        # As it is on a machine whose clock was wrong when it took the job.
        await session.execute(
            update(Job).where(Job.id == held.id).values(due_at=Job.due_at + wrong_by_s)
        )

    other = process()
    other.kinds["work"] = done_it
    async with other.running():
        assert (await ended(other, waiting.id)).state == "done"

    assert (await other.get(held.id)).attempts == 1


async def test_a_job_is_deleted_long_after_its_end(process: Start, database: Database) -> None:
    done_at = {"done": 110, "failed": 200, "done lately": 90, "queued": 110, "done for a file": 110}
    jobs = {
        name: Job(kind="work", arguments={}, state=name.split()[0], due_at=time.time() - seconds)
        for name, seconds in done_at.items()
    }
    jobs["done for a file"].kind = "of_a_file"
    async with database.transaction() as session:
        session.add_all(jobs.values())
    forgetting = process(messages=False, keep_s=100.0)
    forgetting.owned.add("of_a_file")
    async with forgetting.running():
        await deleted(forgetting, jobs["done"].id)

    async with database.reading() as session:
        left = {*await session.scalars(select(Job.id))}
    assert {name for name, job in jobs.items() if job.id in left} == {
        "done lately",
        "queued",
        "done for a file",
    }


async def deleted(jobs: Jobs, job_id: UUID) -> None:
    async with asyncio.timeout(10):
        with suppress(NotFound):
            while await jobs.get(job_id):  # noqa: ASYNC110
                await asyncio.sleep(0.005)


async def test_no_job_is_deleted_if_all_are_kept(process: Start, database: Database) -> None:
    old = Job(kind="work", arguments={}, state="done", due_at=0.0)
    async with database.transaction() as session:
        session.add(old)
    jobs = process(keep_s=0.0)
    await jobs._forget()

    assert await jobs.get(old.id)


async def test_a_job_that_does_not_exist_is_not_found(
    async_client: AsyncClient, process: Start
) -> None:
    assert (await async_client.get(f"/jobs/{uuid4()}")).status_code == 404
    assert (await async_client.get("/jobs/1")).status_code == 404
    with pytest.raises(NotFound):
        await process().get(uuid4())


async def done_it() -> str:
    return "done it"
