"""Processes for what keeps a processor busy, which would stop the event loop.

A thread would not help, since only one thread at a time runs Python. What merely waits, such as a
library without `async`, does belong in a thread: a route with plain `def`, or `anyio.to_thread`.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar, TypeVarTuple

from anyio import BrokenWorkerProcess, CapacityLimiter, to_process
from pydantic import NonNegativeInt, PositiveInt
from starlette.datastructures import State

from src.core.config import EnvSettings
from src.core.errors import AppError

Args = TypeVarTuple("Args")
T = TypeVar("T")


class ComputeSettings(EnvSettings):
    COMPUTE_PROCESSES: PositiveInt = 2
    COMPUTE_MAX_WAITING: NonNegativeInt = 100


class AllBusy(AppError):
    status = 503

    def __init__(self) -> None:
        super().__init__("All processes are busy", headers={"Retry-After": "1"})


class ProcessDied(AppError):
    status = 503

    def __init__(self) -> None:
        super().__init__("The process died", headers={"Retry-After": "1"})


class Processes:
    """Each is started when it is first needed, and another one takes the place of one that dies."""

    def __init__(self, settings: ComputeSettings) -> None:
        self._limiter = CapacityLimiter(settings.COMPUTE_PROCESSES)
        self._max_waiting = settings.COMPUTE_MAX_WAITING

    async def run(self, function: Callable[[*Args], T], *args: *Args) -> T:
        """Call a function of a module, with arguments and a result that can be pickled.

        When the caller is cancelled, because the client hung up or the time is over, the process
        is killed. Raises AllBusy, ProcessDied, and what the function raises.
        """
        if 0 < self._max_waiting <= self._limiter.statistics().tasks_waiting:
            raise AllBusy
        try:
            return await to_process.run_sync(
                function, *args, cancellable=True, limiter=self._limiter
            )
        except BrokenWorkerProcess as error:
            raise ProcessDied from error


@asynccontextmanager
async def opened(state: State) -> AsyncIterator[None]:
    state.processes = Processes(ComputeSettings())
    yield  # anyio ends the processes together with the event loop
