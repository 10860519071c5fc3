import asyncio
import os
import time
from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient

from src.core.processes import AllBusy, ComputeSettings, ProcessDied, Processes
from tests.conftest import APP, App

A_LONG_TIME_S = 60


@pytest.fixture
async def processes() -> Processes:
    """One, which is there already: anyio leaves one that is cancelled while it starts."""
    processes = Processes(ComputeSettings(COMPUTE_PROCESSES=1, COMPUTE_MAX_WAITING=1))
    await processes.run(abs, -1)
    return processes


@pytest.fixture
async def busy(processes: Processes) -> AsyncIterator[asyncio.Task[None]]:
    """The work that the only process does."""
    task = asyncio.create_task(processes.run(time.sleep, A_LONG_TIME_S))
    await asyncio.sleep(0.1)
    yield task
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.parametrize(("n", "value"), [(0, 0), (1, 1), (20, 6765)])
async def test_a_number_is_computed(n: int, value: int, async_client: AsyncClient) -> None:
    assert (await async_client.get(f"/fibonacci/{n}")).json() == value


@pytest.mark.parametrize("n", [-1, 36, "many"])
async def test_nobody_can_ask_for_too_much(n: object, async_client: AsyncClient) -> None:
    assert (await async_client.get(f"/fibonacci/{n}")).status_code == 422


async def test_work_is_done_in_another_process(processes: Processes) -> None:
    assert await processes.run(os.getpid) != os.getpid()


async def test_others_are_served_meanwhile(async_client: AsyncClient) -> None:
    work = asyncio.create_task(async_client.get("/fibonacci/35"))
    await asyncio.sleep(0)
    assert (await async_client.get("/live")).status_code == 200
    assert not work.done()
    assert (await work).json() == 9227465


async def test_an_error_of_the_work_is_the_caller_s(processes: Processes) -> None:
    with pytest.raises(ZeroDivisionError):
        await processes.run(divmod, 1, 0)


async def test_another_process_takes_the_place_of_one_that_died(processes: Processes) -> None:
    with pytest.raises(ProcessDied):
        await processes.run(os._exit, 1)
    assert await processes.run(abs, -1) == 1


async def test_work_that_nobody_waits_for_is_ended(
    processes: Processes, busy: asyncio.Task[None]
) -> None:
    busy.cancel()
    assert await asyncio.wait_for(processes.run(abs, -1), A_LONG_TIME_S / 2) == 1


async def test_work_that_takes_too_long_is_ended(app: App) -> None:
    async with app(REQUEST_TIMEOUT=0.1, COMPUTE_PROCESSES=1) as client:
        await APP.state.processes.run(abs, -1)
        assert (await client.get("/fibonacci/35")).status_code == 504
        assert await APP.state.processes.run(abs, -1) == 1


async def test_only_so_many_wait(processes: Processes, busy: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(processes.run(abs, -1))
    await asyncio.sleep(0.1)
    with pytest.raises(AllBusy):
        await processes.run(abs, -1)
    busy.cancel()
    assert await waiting == 1
