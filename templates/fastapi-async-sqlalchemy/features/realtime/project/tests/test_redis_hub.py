"""A Redis that hangs, dies and comes back; it is reached through something that can be cut."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect

from src.core import redis_hub
from src.core.hub import HubSettings
from src.core.redis_hub import NotSent, RedisHub
from tests.fixtures.realtime import REDIS_URL, Serve
from tests.test_hub import texts
from tests.test_realtime import received

needs_redis = pytest.mark.skipif(not REDIS_URL, reason="TEST_REDIS_URL is not set")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("ANSWER_S", 0.5), ("BLOCK_S", 0.2), ("PAUSE_S", 0.05)):
        monkeypatch.setattr(redis_hub, name, seconds)


class Wire:
    """Leads to the Redis, unless it is cut or nothing passes."""

    def __init__(self) -> None:
        self.passes = asyncio.Event()
        self.passes.set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def lay(self) -> None:
        self.server = await asyncio.start_server(self.connected, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        redis = urlsplit(REDIS_URL or "")
        there = await asyncio.open_connection(redis.hostname, redis.port or 6379)
        for one, other in ((reader, there[1]), (there[0], writer)):
            task = asyncio.create_task(self.carry(one, other))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(2**16):
                await self.passes.wait()
                writer.write(data)
        except OSError:
            pass
        finally:
            writer.close()

    async def cut(self) -> None:
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.sleep(0.05)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = Wire()
    await wire.lay()
    yield wire
    await wire.cut()


@asynccontextmanager
async def hub(wire: Wire) -> AsyncIterator[RedisHub]:
    database = urlsplit(REDIS_URL or "").path
    url = f"redis://127.0.0.1:{wire.port}{database}"
    found = RedisHub(HubSettings(REALTIME_URL=url, REALTIME_HISTORY=100))
    async with found.running():
        yield found


@needs_redis
async def test_processes_share_their_messages(wire: Wire) -> None:
    async with hub(wire) as one, hub(wire) as other:
        with one.listening("a") as here, other.listening("a") as there:
            for number in range(10):
                await (one if number % 2 else other).publish("a", str(number))
            expected = [str(number) for number in range(10)]
            assert await texts(here, 10) == await texts(there, 10) == expected


@needs_redis
async def test_messages_of_another_version_do_no_harm(wire: Wire) -> None:
    async with hub(wire) as one:
        with one.listening("a") as listener:
            await one._redis.xadd(redis_hub.KEY, {"topic": "a", "text": "1", "colour": "red"})
            await one._redis.xadd(redis_hub.KEY, {"other": "fields"})
            await one.publish("a", "2")
            assert await texts(listener, 2) == ["1", "2"]


@needs_redis
async def test_a_new_process_knows_what_was_before_it(wire: Wire) -> None:
    async with hub(wire) as one:
        with one.listening("a") as first:
            await one.publish("a", "1")
            assert await texts(first, 1) == ["1"]
            place = first.place
    async with hub(wire) as another:
        with another.listening("a", after=place) as again:
            assert [message.text for message in again.missed or []] == ["1"]


@needs_redis
async def test_a_redis_that_dies_costs_no_message_that_it_has_taken(wire: Wire) -> None:
    direct = Wire()
    await direct.lay()
    async with hub(wire) as one, hub(direct) as other:
        with one.listening("a") as listener:
            await wire.cut()
            await other.publish("a", "while it was away")
            with pytest.raises(NotSent):
                await one.publish("a", "lost")
            await wire.lay()
            assert await texts(listener, 1) == ["while it was away"]
            await one.publish("a", "again")
            assert await texts(listener, 1) == ["again"]
    await direct.cut()


@needs_redis
async def test_a_redis_that_hangs_keeps_nobody_waiting(wire: Wire) -> None:
    async with hub(wire) as one:
        with one.listening("a") as listener:
            wire.passes.clear()
            with pytest.raises(NotSent):
                await asyncio.wait_for(one.publish("a", "lost"), 5)
            await asyncio.sleep(1)
            wire.passes.set()
            await asyncio.sleep(0.1)
            await one.publish("a", "again")
            assert (await texts(listener, 1))[0] in {"lost", "again"}


async def test_the_application_runs_without_the_redis(serve: Serve) -> None:
    with socket.socket() as nobody:  # bound, but it does not listen
        nobody.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        async with serve(REALTIME_URL=url) as server, connect(f"ws://{server}/ws") as one:
            await one.send("hello")
            assert await received(one) == "The message was not sent, try again"
