"""Proof that a room of many clients on two processes loses no message, and that streams cost nobody else.

python -m tests.proofs.realtime [--clients 1000] [--messages 200] [--streams 200]

Needs a Redis.
"""

import argparse
import asyncio
import random
import re
import time
from contextlib import AsyncExitStack
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from tests.proofs import flagship, sql
from tests.proofs.concurrent_posts import allow_many_connections
from tests.proofs.flagship import Server
from tests.proofs.proof import new_room, require, run
from tests.proofs.sql import new_database
from tests.proofs.sql_services import REDIS_SERVER, new_redis

WHOLE = "fastapi-async-realtime"

ANSWERS_S = 60
SENDERS = 20
MOST_MIB = 100
"""More memory for each process, with all clients."""

POOL = 5
MOST_MS = 250
"""For a read beside streams."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--streams", type=int, default=200)
    wanted = parser.parse_args()
    allow_many_connections()
    with new_room() as room:
        project = flagship.render(room, WHOLE)
        prove_room(project, wanted.clients, wanted.messages)
        prove_slow(project)
        for kind in sql.KINDS:
            prove_streams(project, kind, wanted.streams)


def prove_room(project: Path, clients: int, messages: int) -> None:
    if not REDIS_SERVER:
        print("skipped: there is no redis-server", flush=True)
        return
    with new_database("sqlite", project) as database, new_redis() as redis:
        settings = {"REALTIME_URL": redis}
        with database.serve(1, **settings) as one, database.serve(1, **settings) as other:
            before = [memory(server) for server in (one, other)]
            took = asyncio.run(talk([one, other], clients, messages))
            more = [memory(server) - at_first for server, at_first in zip((one, other), before, strict=True)]
    told = f"{clients} clients on 2 processes, {messages} messages to each: none lost, none twice"
    memories = " and ".join(f"{each:.0f} MiB" for each in more)
    print(f"{told}; {clients * messages / took:.0f} deliveries/s, {memories} more", flush=True)
    require(max(more) <= MOST_MIB, f"a process needs {max(more):.0f} MiB more")


async def talk(servers: list[Server], clients: int, messages: int) -> float:
    """Each client must get each message once, in the order in which its sender sent them; the seconds."""
    texts = [f"{number % SENDERS}/{number}" for number in range(messages)]
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(connect(f"{address(servers[number % 2])}/ws", compression=None))
            for number in range(clients)
        ]
        await asyncio.sleep(1)  # a handshake ends a moment before the client listens
        begin = time.perf_counter()
        receiving = [asyncio.create_task(receive(socket, messages)) for socket in sockets]
        senders = random.sample(sockets, SENDERS)
        await asyncio.gather(*(send(senders[n], texts[n::SENDERS]) for n in range(SENDERS)))
        found = await asyncio.wait_for(asyncio.gather(*receiving), ANSWERS_S)
        took = time.perf_counter() - begin
    for received in found:
        lost, twice = {*texts} - {*received}, len(received) - len({*received})
        require(not lost and not twice, f"{len(lost)} messages are lost, {twice} came twice")
        for sender in range(SENDERS):
            own = [text for text in received if text.startswith(f"{sender}/")]
            require(own == texts[sender::SENDERS], "messages of one sender are out of order")
    return took


async def send(socket: ClientConnection, texts: list[str]) -> None:
    for text in texts:
        await socket.send(text)


async def receive(socket: ClientConnection, count: int) -> list[str]:
    return [str(await socket.recv()).removeprefix("Message received: ") for _ in range(count)]


def prove_slow(project: Path) -> None:
    """A client that reads nothing is let go, and the memory stays as it was."""
    with new_database("sqlite", project) as database, database.serve(REQUEST_TIMEOUT="2") as server:
        before = memory(server)
        asyncio.run(flood(server))
        more = memory(server) - before
    print(f"a client that reads nothing is let go after 40 MB, {more:.0f} MiB more", flush=True)
    require(more <= MOST_MIB / 2, f"a client that reads nothing costs {more:.0f} MiB")


async def flood(server: Server) -> None:
    url = f"{address(server)}/ws"
    async with connect(url, compression=None, max_queue=1) as slow, connect(url, compression=None) as quick:
        for _ in range(10_000):
            await quick.send("x" * 4000)
            await asyncio.wait_for(quick.recv(), ANSWERS_S)
        slow.transport.abort()


def prove_streams(project: Path, kind: str, streams: int) -> None:
    """Streams hold no connection to the database, so reads beside them are as quick as ever."""
    if why := sql.why_not(kind):
        print(f"skipped: {why}", flush=True)
        return
    pool = {"DATABASE_POOL_SIZE": str(POOL), "DATABASE_POOL_TIMEOUT": "2"}
    with new_database(kind, project) as database, database.serve(1, **pool) as server:
        slowest = asyncio.run(read_beside(server, streams))
    told = f"{kind}: beside {streams} streams, with {POOL} connections, a read takes at most {slowest:.0f} ms"
    print(told, flush=True)
    require(slowest <= MOST_MS, told)


async def read_beside(server: Server, streams: int) -> float:
    """Milliseconds of the slowest read."""
    async with AsyncExitStack() as stack, server.async_client(streams + 10) as client:
        for _ in range(streams):
            answer = await stack.enter_async_context(client.stream("GET", "/changes"))
            require(answer.status_code == 200, f"a stream is answered with {answer.status_code}")
        slowest = 0.0
        for _ in range(100):
            begin = time.perf_counter()
            read = await client.get("/items/")
            slowest = max(slowest, time.perf_counter() - begin)
            require(read.status_code == 200, f"a read is answered with {read.status_code}")
        return slowest * 1000


def address(server: Server) -> str:
    return server.url.replace("http://", "ws://")


def memory(server: Server) -> float:
    """MiB."""
    with server.client() as client:
        client.get("/live").raise_for_status()
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024


if __name__ == "__main__":
    run(main)
