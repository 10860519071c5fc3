"""The way of a job to whoever does it: this process, or the workers behind a Redis.

Only ids travel; the jobs themselves are in the database (`src/crud/jobs.py`). So a message that
is lost, or delivered twice, does no harm.
"""

from taskiq import AsyncBroker

from src.core.config import Settings
from src.core.project import PROJECT

IN_PROCESS = "memory://"

# Redis keeps also the messages that are done, until there are so many.
MAX_MESSAGES = 100_000

ANSWER_S = 5.0
REDELIVER_AFTER_MS = 60_000


def make_broker(settings: Settings) -> AsyncBroker:
    if settings.QUEUE_URL == IN_PROCESS:
        from taskiq import InMemoryBroker

        return InMemoryBroker()
    from taskiq_redis import RedisStreamBroker

    return RedisStreamBroker(
        settings.QUEUE_URL,
        queue_name=f"{PROJECT.name}:jobs",
        consumer_id="0",  # what came before the first worker, too
        maxlen=MAX_MESSAGES,
        idle_timeout=REDELIVER_AFTER_MS,
        unacknowledged_lock_timeout=ANSWER_S,  # else a killed worker would keep it for ever
        socket_connect_timeout=ANSWER_S,
        socket_timeout=ANSWER_S,
    )
