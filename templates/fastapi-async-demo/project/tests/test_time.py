"""What takes how long: as ratios, which hold on a slow machine, too."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest
from httpx2 import AsyncClient

from app.database import ROOT
from app.utils import cpu_intensive_task, open_process_pool


async def seconds(client: AsyncClient, *paths: str) -> float:
    """Until all requests are answered that are sent at the same time."""
    begin = time.perf_counter()
    for response in await asyncio.gather(*(client.get(path) for path in paths)):
        response.raise_for_status()
    return time.perf_counter() - begin


async def test_calls_at_the_same_time_take_a_third(client: AsyncClient) -> None:
    together, in_turn = await asyncio.gather(
        seconds(client, "/performance/async"), seconds(client, "/performance/sync")
    )

    assert 2 < in_turn / together < 4


async def test_async_delays_wait_together_and_sync_delays_in_turn(client: AsyncClient) -> None:
    together = min([await seconds(client, *["/async-delay/0.5"] * 3) for _ in range(3)])
    in_turn = await seconds(client, *["/sync-delay/0.5"] * 3)

    assert in_turn >= 1.5
    assert in_turn / together > 1.5


@pytest.mark.parametrize(
    ("paths", "blocks"),
    [
        (["/mixed-operation"], True),
        (["/proper-mixed-operation", "/async-operation", "/sync-operation"], False),
    ],
)
async def test_only_a_blocked_event_loop_keeps_others_waiting(
    client: AsyncClient, paths: list[str], blocks: bool
) -> None:
    slow = asyncio.create_task(seconds(client, *paths))
    await asyncio.sleep(0.2)
    served = 0
    while not slow.done():
        await seconds(client, "/async-delay/0")
        served += 1

    assert (served < 3) is blocks


async def test_a_hundred_requests_wait_together(client: AsyncClient) -> None:
    assert await seconds(client, *["/async-delay/1"] * 100) < 50


async def test_no_request_keeps_its_connection_while_it_waits_for_a_service(
    client: AsyncClient,
) -> None:
    user = {"email": "many@example.com", "full_name": "Many"}
    (await client.post("/users/", json=user)).raise_for_status()
    path = "/user-with-external-data/many@example.com"

    # The database has 15 connections, so 75 requests that keep them take five times as long.
    assert await seconds(client, *[path] * 75) < 3 * await seconds(client, path)


async def test_the_pool_computes_in_other_processes() -> None:
    with open_process_pool() as pool:
        assert await asyncio.get_running_loop().run_in_executor(pool, os.getpid) != os.getpid()


def test_a_stop_drops_the_tasks_that_no_process_has_begun() -> None:
    with open_process_pool() as pool:
        tasks = [pool.submit(time.sleep, 0.1) for _ in range(50)]

    assert tasks[-1].cancelled()


def test_ctrl_c_while_the_pool_starts_is_left_to_the_server(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with open_process_pool() as pool:
        for process in multiprocessing.active_children():
            assert process.pid
            os.kill(process.pid, signal.SIGINT)  # a terminal sends it to all
        assert pool.submit(cpu_intensive_task, 1).result() > 0

    assert capfd.readouterr().err == ""


SERVE_UNTIL_KILLED = """
import time
from app.utils import cpu_intensive_task, open_process_pool

with open_process_pool() as pool:
    pool.submit(cpu_intensive_task, 0).result()
    print("ready", flush=True)
    time.sleep(60)
"""


def test_the_pool_ends_with_a_server_that_is_killed() -> None:
    command = [sys.executable, "-c", SERVE_UNTIL_KILLED]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        assert server.stdout.readline() == "ready\n"
        server.kill()
        # Its processes have the same standard output, which ends with the last of them.
        assert server.communicate(timeout=30)[0] == ""
