"""Work that is repeated while the application runs."""

import asyncio

import pytest

from src.core.periodic import repeated


async def test_work_is_repeated_until_the_block_ends_also_after_a_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls = list[int]()
    third = asyncio.Event()

    async def work() -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise RuntimeError("the first")
        if len(calls) == 3:
            third.set()

    async with repeated(work, 0.001), asyncio.timeout(10):
        await third.wait()
    count = len(calls)
    await asyncio.sleep(0.01)

    assert len(calls) == count
    assert caplog.text.count("the first") == 1


async def test_work_under_way_is_finished_and_not_cancelled() -> None:
    begun, finished = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.sleep(0.01)
        finished.set()

    async with repeated(work, 60):
        await begun.wait()

    assert finished.is_set()
