"""Background jobs: each one that is accepted is done, whatever happens meanwhile.

A job is accepted in the transaction of the change it belongs to, so neither exists without the
other. From then on it is in the database until it is done; a message to a worker only makes it
start sooner. While a process does a job, it renews its hold on it. When the process dies, others
see that the hold is no longer renewed, and one of them takes the job over. Each measures the time
with its own monotonic clock, as the clocks of two machines differ and any clock can be set.

A job may run more than once (never twice at a time, unless a process hangs for longer than it
holds the job): write each kind so that running it again does no harm.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from taskiq import AsyncBroker

from src.core.clock import Now
from src.core.database import Database
from src.core.errors import AppError, NotFound
from src.core.log import request_id
from src.core.periodic import repeated, set_within
from src.models.jobs import Job

logger = logging.getLogger(__name__)

Work = Callable[..., Awaitable[JsonValue]]

MESSAGE_S = 1.0
GRACE_S = 1.0
BATCH = 100
FORGET_EVERY_S = 3600.0

DIED = "Every process that ran it died"
LONGEST_PAUSE_S = 300.0


@dataclass(frozen=True)
class Kind:
    """`work` gets the application's state, and the arguments of the job by their names.

    Jobs of an `owned` kind are deleted with the record that they belong to.
    """

    name: str
    work: Work
    owned: bool = False


class Jobs:
    """Each job is tried `attempts` times, and taken over `hold_s` after its process died.

    It is deleted `keep_s` after its end. Jobs of a kind in `owned` are deleted with the record
    they belong to instead.
    """

    def __init__(
        self,
        database: Database,
        broker: AsyncBroker,
        *,
        attempts: int,
        hold_s: float,
        at_once: int,
        keep_s: float = 0,
        pause_s: float = 1.0,
        look_every_s: float = 1.0,
    ) -> None:
        self.database = database
        self.broker = broker
        self.attempts = attempts
        self.hold_s = hold_s
        self.keep_s = keep_s
        self.pause_s = pause_s
        self.look_every_s = look_every_s
        self.kinds: dict[str, Work] = {}
        self.owned: set[str] = set()
        self._closing = asyncio.Event()
        self._room = asyncio.Semaphore(at_once)
        self._here: dict[UUID, asyncio.Task[Any]] = {}
        self._held_since: dict[tuple[UUID, float], float] = {}
        self._message = broker.register_task(self._receiver(), "job")

    def accept(self, session: AsyncSession, kind: str, **arguments: JsonValue) -> Job:
        """In the caller's transaction. Once that is committed, `hand_over` the job."""
        job = Job(
            kind=kind,
            arguments=arguments,
            due_at=Now() + self.hold_s,
            request_id=request_id.get(),
        )
        session.add(job)
        return job

    async def hand_over(self, job_id: UUID) -> None:
        try:
            async with asyncio.timeout(MESSAGE_S):
                await self._message.kiq(str(job_id))
        except Exception as error:  # `running` finds it and tries again
            logger.warning("job %s is handed over later: %r", job_id, error)

    async def start(self, kind: str, **arguments: JsonValue) -> Job:
        async with self.database.transaction() as session:
            job = self.accept(session, kind, **arguments)
        await self.hand_over(job.id)
        return job

    async def get(self, job_id: UUID) -> Job:
        async with self.database.reading() as session:
            if job := await session.get(Job, job_id):
                return job
        raise NotFound("Job", job_id)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hand over what is due. At the end, jobs that need more than `GRACE_S` are given back."""
        try:
            async with (
                repeated(self._hand_over_due, self.look_every_s),
                repeated(self._forget, FORGET_EVERY_S),
            ):
                try:
                    yield
                finally:
                    self._closing.set()
        finally:
            await self._give_back([*self._here.values()])

    async def run(self, job_id: UUID) -> None:
        """Does nothing if another process does the job or has done it."""
        async with self._room:
            if not self._closing.is_set() and (job := await self._take(job_id)):
                request_id.set(job.request_id)
                await self._do(job)

    async def _hand_over_due(self) -> None:
        """Jobs are due after a pause, a lost message or the death of their process."""
        for job_id in [*await self._due(), *await self._left_by_the_dead()]:
            await self.hand_over(job_id)

    async def _forget(self) -> None:
        if not self.keep_s:
            return
        ended = Job.state.in_(["done", "failed"]) & (Job.due_at < Now() - self.keep_s)
        old = ended & Job.kind.not_in(self.owned)
        if (await self.database.execute(select(Job.id).where(old).limit(1))).first():
            await self.database.execute(delete(Job).where(old))

    async def _give_back(self, tasks: Collection[asyncio.Task[Any]]) -> None:
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _receiver(self) -> Callable[[str], Coroutine[Any, Any, None]]:
        async def receive(job_id: str) -> None:
            await self._run_here(UUID(job_id))

        return receive  # a function, as the library renames it

    async def _run_here(self, job_id: UUID) -> None:
        if job_id not in self._here:
            task = self._here[job_id] = asyncio.create_task(self.run(job_id))
            task.add_done_callback(lambda _: self._here.pop(job_id, None))
            await asyncio.wait({task})

    async def _do(self, job: Job) -> None:
        try:
            async with self._held(job):
                result = await self.kinds[job.kind](**job.arguments)
        except asyncio.CancelledError:
            # An interruption is not a failure, so this attempt does not count.
            await self._leave(job, state="queued", due_at=0.0, attempts=Job.attempts - 1)
            raise
        except Exception as error:
            logger.exception("job %s (%s) has failed", job.id, job.kind)
            await self._leave(job, **self._after(error, job.attempts))
        else:
            await self._leave(job, state="done", result=result, error=None, due_at=Now())

    def _after(self, error: Exception, attempts: int) -> dict[str, Any]:
        """How a failure is stored, and when the job is tried again."""
        return {
            "state": "queued" if attempts < self.attempts else "failed",
            "due_at": Now() + pause_after(attempts, self.pause_s),
            "error": error.detail if isinstance(error, AppError) else "Unexpected error",
        }

    async def _take(self, job_id: UUID) -> Job | None:
        taken = (
            update(Job)
            .where(Job.id == job_id, Job.state == "queued")
            .values(state="running", attempts=Job.attempts + 1, due_at=Now() + self.hold_s)
            .returning(Job)
        )
        async with self.database.transaction() as session:
            return (await session.execute(taken)).scalar_one_or_none()

    @asynccontextmanager
    async def _held(self, job: Job) -> AsyncIterator[None]:
        over = asyncio.Event()
        holding = asyncio.create_task(self._hold(job, over))
        try:
            yield
        finally:  # not cancelled: that would cost the connection of a statement under way
            over.set()
            await holding

    async def _hold(self, job: Job, over: asyncio.Event) -> None:
        while not await set_within(over, self.hold_s / 3):
            try:
                await self._leave(job, due_at=Now() + self.hold_s)
            except Exception:
                logger.warning("job %s cannot be held", job.id, exc_info=True)

    async def _leave(self, job: Job, **values: Any) -> None:
        """Does nothing if another process has taken the job over."""
        ours = (Job.id == job.id, Job.state == "running", Job.attempts == job.attempts)
        await self.database.execute(update(Job).where(*ours).values(**values))

    async def _due(self) -> list[UUID]:
        due = (Job.state == "queued") & (Job.due_at <= Now())
        looked = await self.database.execute(select(Job.id).where(due).limit(BATCH))
        found = looked.scalars().all()
        if not found:
            return []
        these = update(Job).where(Job.id.in_(found), due).values(due_at=Now() + self.hold_s)
        return [*(await self.database.execute(these.returning(Job.id))).scalars()]

    async def _left_by_the_dead(self) -> list[UUID]:
        """Jobs whose hold has not been renewed for `hold_s`; a renewal changes `due_at`."""
        held_since, self._held_since = self._held_since, {}
        holds = select(Job.id, Job.due_at).where(Job.state == "running")
        found = await self.database.execute(holds)
        now = time.monotonic()
        for job in found:
            hold = (job.id, job.due_at)
            self._held_since[hold] = held_since.get(hold, now)
        left = [hold for hold, since in self._held_since.items() if now - since > self.hold_s]
        if not left:
            return []
        these = update(Job).where(tuple_(Job.id, Job.due_at).in_(left), Job.state == "running")
        lost = these.where(Job.attempts >= self.attempts).values(state="failed", error=DIED)
        again = these.values(state="queued", due_at=Now() + self.hold_s)
        async with self.database.transaction() as session:
            await session.execute(lost)
            return [*await session.scalars(again.returning(Job.id))]


def pause_after(attempts: int, first_s: float) -> float:
    pause_s: float = first_s * 2 ** (attempts - 1)
    return min(pause_s, LONGEST_PAUSE_S)
