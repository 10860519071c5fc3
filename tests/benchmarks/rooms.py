"""The feature realtime against a tutorial's WebSocket in one process, and against broadcaster on two.

    python tests/benchmarks/rooms.py [--python PATH] [--redis URL] [--rounds 5]

In one process, one client sends a text, waits for the answer, and sends the next. On two processes with one
Redis, ten of a hundred clients send texts, 200 and then up to 1,000 a second, and all get each of them; the
time is from sending to receiving. The clients have the last core, the servers share the others.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rivals import environment, run
from services import Service, dependencies, our_project, serving
from websockets.asyncio.client import ClientConnection, connect

ROOMS = Path(__file__).parent / "services" / "rooms"
BROADCASTER = ("fastapi", "uvicorn[standard]", "broadcaster[redis]", "redis<6")
"""In an environment of its own: its last release is older than the Redis client that our project uses."""

SECONDS = 3.0
CLIENTS = 100
SENDERS = 10
PAUSES_S = (0.05, 0.01)
LAST_S = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/15")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    room = Path(tempfile.mkdtemp(prefix="fastkit-bench-"))
    shared = {"REALTIME_URL": arguments.redis, "LOG_LEVEL": "WARNING", "REALTIME_MAX_BEHIND": "10000"}
    ours, echo, broadcast = services(room, arguments.python, shared)
    alone = Service(**{**vars(ours), "settings": {"LOG_LEVEL": "WARNING"}})
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    console = Console(width=100)
    table = Table("one process, one client", "texts/s", "p50 ms", "p99 ms", title_justify="left")
    measured = measure({"realtime": [alone], "tutorial": [echo]}, arguments.rounds, echoed)
    for name, figures in measured.items():
        table.add_row(name, *figures)
    console.print(table)
    pairs = {"realtime": [ours, ours], "broadcaster": [broadcast, broadcast]}
    for pause_s in PAUSES_S:
        title = f"two processes, a text every {pause_s} s"
        table = Table(title, "received/s", "p50 ms", "p99 ms", "lost")
        shared_with_all = partial(share, pause_s=pause_s)
        for name, figures in measure(pairs, arguments.rounds, shared_with_all).items():
            table.add_row(name, *figures)
        console.print(table)
    forget = f"from redis import Redis; Redis.from_url({arguments.redis!r}).delete('ours:realtime')"
    run([ours.python.program("python"), "-c", forget])
    shutil.rmtree(room)


def services(room: Path, python: str, settings: dict[str, str]) -> tuple[Service, Service, Service]:
    project = our_project(room, "realtime")
    used = environment(room, "ours-env", python, *dependencies(project))
    theirs = environment(room, "broadcaster-env", python, *BROADCASTER)
    shutil.copytree(ROOMS, room / "rooms")
    places = [("ours", project, used, "src.main:app"), ("echo", room, used, "rooms.echo:app")]
    places.append(("broadcast", room, theirs, "rooms.broadcast:app"))
    ours, echo, broadcast = (
        Service(name, folder, python, app, "/ws", "", "/live", settings)
        for name, folder, python, app in places
    )
    return ours, echo, broadcast


Load = Callable[[Sequence[str]], Coroutine[None, None, Sequence[float]]]


def measure(servers: Mapping[str, Sequence[Service]], rounds: int, load: Load) -> dict[str, list[str]]:
    samples: dict[str, list[Sequence[float]]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name in random.sample([*servers], len(servers)):
            with ExitStack() as stack:
                urls = [stack.enter_context(serving(each)).replace("http", "ws", 1) for each in servers[name]]
                samples[name].append(asyncio.run(load(urls)))
    return {
        name: [f"{statistics.median(each):.1f}" for each in zip(*taken, strict=True)]
        for name, taken in samples.items()
    }


async def echoed(urls: Sequence[str]) -> Sequence[float]:
    times = []
    async with connect(f"{urls[0]}/ws", compression=None) as socket:
        end = time.perf_counter() + SECONDS
        while (begin := time.perf_counter()) < end:
            await socket.send("hello")
            await socket.recv()
            times.append((time.perf_counter() - begin) * 1000)
    return len(times) / SECONDS, *percentiles(times)


async def share(urls: Sequence[str], pause_s: float) -> Sequence[float]:
    times: list[float] = []
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(connect(f"{urls[number % 2]}/ws", compression=None))
            for number in range(CLIENTS)
        ]
        await asyncio.sleep(1)
        receiving = [asyncio.create_task(receive(socket, times)) for socket in sockets]
        end = time.perf_counter() + SECONDS
        sent = sum(await asyncio.gather(*(send(socket, end, pause_s) for socket in sockets[:SENDERS])))
        expected, latest = sent * CLIENTS, time.perf_counter() + LAST_S
        while len(times) < expected and time.perf_counter() < latest:
            await asyncio.sleep(0.01)
        took = time.perf_counter() - end + SECONDS
        for task in receiving:
            task.cancel()
    return len(times) / took, *percentiles(times), expected - len(times)


async def send(socket: ClientConnection, end: float, pause_s: float) -> int:
    """How many texts were sent."""
    count = 0
    while time.perf_counter() < end:
        await socket.send(json.dumps(time.perf_counter()))
        count += 1
        await asyncio.sleep(pause_s)
    return count


async def receive(socket: ClientConnection, times: list[float]) -> None:
    async for text in socket:
        sent = float(str(text).removeprefix("Message received: "))
        times.append((time.perf_counter() - sent) * 1000)


def percentiles(times: Sequence[float]) -> tuple[float, float]:
    hundredths = statistics.quantiles(times, n=100)
    return hundredths[49], hundredths[98]


if __name__ == "__main__":
    main()
