"""The way of a job to a worker, through a Redis: with TEST_REDIS_URL."""

import os
from contextlib import aclosing

import pytest
from redis.asyncio import Redis
from taskiq import InMemoryBroker
from taskiq.receiver import Receiver

from src.core.database import Database
from src.core.project import PROJECT
from src.core.queue import JobSettings, make_broker
from src.crud.jobs import Jobs

REDIS_URL = os.environ.get("TEST_REDIS_URL") or None


def settings(url: str = "memory://") -> JobSettings:
    return JobSettings.model_construct(QUEUE_URL=url)


def test_without_a_redis_a_process_does_its_jobs_itself() -> None:
    assert isinstance(make_broker(settings()), InMemoryBroker)


@pytest.mark.skipif(not REDIS_URL, reason="needs TEST_REDIS_URL")
async def test_a_worker_hears_of_a_job_that_was_accepted_before_it_began(
    database: Database,
) -> None:
    async def work() -> str:
        return "by the worker"

    url = str(REDIS_URL)
    async with Redis.from_url(url) as redis:
        await redis.flushdb()
    here, there = [make_broker(settings(url)) for _ in range(2)]
    server, worker = [
        Jobs(database, broker, attempts=1, hold_s=30, at_once=1) for broker in (here, there)
    ]
    worker.kinds["work"] = work
    job = await server.start("work")
    await there.startup()
    async with aclosing(there.listen()) as messages:
        message = await anext(messages)
        assert (await server.get(job.id)).state == "queued"
        await Receiver(there, max_async_tasks=1).callback(message)

    done = await server.get(job.id)
    assert (done.state, done.result) == ("done", "by the worker")
    async with Redis.from_url(url) as redis:
        left = await redis.xpending(f"{PROJECT.name}:jobs", "taskiq")
    assert left["pending"] == 0
    await here.shutdown()
    await there.shutdown()
