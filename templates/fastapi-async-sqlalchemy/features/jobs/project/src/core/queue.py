"""The queue of the jobs: to this process, or through a Redis to the workers.

Messages hold only ids; the jobs themselves are in the database (`src/crud/jobs.py`). So a message
that is lost or delivered twice does no harm.
"""

from typing import Annotated

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt, StringConstraints
from taskiq import AsyncBroker

from src.core.config import EnvSettings
from src.core.project import PROJECT

IN_PROCESS = "memory://"

# Redis keeps this many messages, including those of jobs that are done.
MAX_MESSAGES = 100_000

ANSWER_S = 5.0
REDELIVER_AFTER_MS = 60_000


class JobSettings(EnvSettings):
    # In this process, or through a Redis to workers.
    QUEUE_URL: Annotated[str, StringConstraints(pattern=r"^(memory://|rediss?://.+)$")] = IN_PROCESS
    JOB_ATTEMPTS: PositiveInt = 5
    JOB_TAKEOVER_AFTER: PositiveFloat = 30
    JOB_KEEP: NonNegativeInt = 30
    MAX_CONCURRENT_JOBS: NonNegativeInt = 10


def make_broker(settings: JobSettings) -> AsyncBroker:
    if settings.QUEUE_URL == IN_PROCESS:
        from taskiq import InMemoryBroker

        return InMemoryBroker()
    from taskiq_redis import RedisStreamBroker

    return RedisStreamBroker(
        settings.QUEUE_URL,
        queue_name=f"{PROJECT.name}:jobs",
        consumer_id="0",  # also the messages from before the first worker
        maxlen=MAX_MESSAGES,
        idle_timeout=REDELIVER_AFTER_MS,
        unacknowledged_lock_timeout=ANSWER_S,  # or a killed worker would hold it for ever
        socket_connect_timeout=ANSWER_S,
        socket_timeout=ANSWER_S,
    )
