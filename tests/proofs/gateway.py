"""Proof that large bodies pass the gateway in flat memory, and that it outlives its clients and services.

python -m tests.proofs.gateway [--mib 1024] [--clients 100]

Linux only: the memory of the server comes from /proc.
"""

import argparse
import asyncio
import hashlib
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2

from tests.proofs import flagship
from tests.proofs.flagship import Server
from tests.proofs.flat_memory import memory_mib
from tests.proofs.proof import new_room, require, run
from tests.proofs.sql import new_database

WHOLE = "fastapi-async-gateway"

MIB = 1024 * 1024
BLOCK = bytes(range(256)) * 1024
MOST_MIB = 50
PAUSE_S = 1.0
ANSWERS_S = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--clients", type=int, default=100)
    wanted = parser.parse_args()
    with new_room() as room:
        prove(flagship.render(room, WHOLE), wanted.mib, wanted.clients)


def prove(project: Path, mib: int, clients: int) -> None:
    asyncio.run(_prove(project, mib, clients))


async def _prove(project: Path, mib: int, clients: int) -> None:
    service = Service()
    port = await service.start()
    shop = {"url": f"http://127.0.0.1:{port}", "methods": ["GET", "PUT"]}
    settings = {
        "SERVICES": json.dumps({"shop": shop}),
        "PROXY_MAX_BODY": "0",
        "HTTP_ATTEMPTS": "1",
        "HTTP_TIMEOUT": "60",
        "SERVICE_PAUSE": str(PAUSE_S),
    }
    with new_database("sqlite", project) as database, database.serve(1, **settings) as server:
        async with server.async_client(connections=2 * clients) as client:
            client.timeout = httpx2.Timeout(600)
            await prove_flat_memory(server, client, mib)
            await prove_endless(server, client, service)
            await prove_leavers(client, service, clients)
            await prove_recovery(client, service, port)
    await service.stop()


@contextmanager
def with_lists() -> Iterator[str]:
    """The setting SERVICES for services that answer everything with an empty list."""

    class Lists(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Lists) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        service = {"url": f"http://127.0.0.1:{server.server_port}"}
        yield json.dumps({"shop": service, "placeholder": service})
        server.shutdown()


class Service:
    """Sends as many bytes as it is asked for, receives as many as it gets, and may wait for long."""

    def __init__(self) -> None:
        self.waiting = 0
        self.connected: set[asyncio.StreamWriter] = set()

    async def start(self, port: int = 0) -> int:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        found: int = self.server.sockets[0].getsockname()[1]
        return found

    async def stop(self) -> None:
        self.server.close()
        for writer in self.connected:
            writer.transport.abort()
        await until(lambda: not self.connected, "a connection stayed open")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected.add(writer)
        try:
            while True:
                await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.connected.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *headers = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        _, path, _ = line.split()
        match path.split("/")[1:]:
            case ["send", mib]:
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {int(mib) * MIB}\r\n\r\n".encode())
                await send(writer, int(mib))
            case ["endless"]:
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                await send(writer, 10**9)
            case ["receive"]:
                [length] = (line.split(": ")[1] for line in headers if line.startswith("content-length"))
                answer(writer, await digest_of(reader, int(length)))
            case ["wait"]:
                self.waiting += 1
                await reader.read(1)  # until the gateway hangs up
                self.waiting -= 1
                raise ConnectionResetError
            case _:
                answer(writer, "here")
        await writer.drain()


def answer(writer: asyncio.StreamWriter, text: str) -> None:
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())


async def send(writer: asyncio.StreamWriter, mib: int) -> None:
    for _ in range(mib * MIB // len(BLOCK)):
        writer.write(BLOCK)
        await writer.drain()


async def digest_of(reader: asyncio.StreamReader, length: int) -> str:
    digest = hashlib.sha256()
    while length:
        piece = await reader.read(min(length, MIB))
        if not piece:
            raise asyncio.IncompleteReadError(b"", length)
        digest.update(piece)
        length -= len(piece)
    return digest.hexdigest()


def digest(mib: int) -> str:
    found = hashlib.sha256()
    for _ in range(mib * MIB // len(BLOCK)):
        found.update(BLOCK)
    return found.hexdigest()


async def prove_flat_memory(server: Server, client: httpx2.AsyncClient, mib: int) -> None:
    await fetch(client, 1)
    await put(client, 1)
    before = memory_mib(server, "VmRSS")
    begin = time.perf_counter()
    down = await fetch(client, mib)
    between = time.perf_counter()
    up = await put(client, mib)
    end = time.perf_counter()
    growth = memory_mib(server, "VmHWM") - before
    require(down == up == digest(mib), "a body came out different")
    speeds = f"{mib / (between - begin):.0f} MiB/s down, {mib / (end - between):.0f} MiB/s up"
    print(f"{mib} MiB each way: the same; {speeds}, at most {growth:.0f} MiB more", flush=True)
    require(growth < MOST_MIB, f"the memory of the server grew by {growth:.0f} MiB")


async def fetch(client: httpx2.AsyncClient, mib: int) -> str:
    found = hashlib.sha256()
    async with client.stream("GET", f"/proxy/shop/send/{mib}") as response:
        async for piece in response.aiter_raw():
            found.update(piece)
    return found.hexdigest()


async def put(client: httpx2.AsyncClient, mib: int) -> str:
    async def blocks() -> AsyncIterator[bytes]:
        for _ in range(mib * MIB // len(BLOCK)):
            yield BLOCK

    headers = {"Content-Length": str(mib * MIB)}
    response = await client.put("/proxy/shop/receive", content=blocks(), headers=headers)
    require(response.status_code == 200, response.text)
    return response.text


async def prove_endless(server: Server, client: httpx2.AsyncClient, service: Service) -> None:
    """A client that does not read keeps nobody busy, and its end is that of the service's answer."""
    before = memory_mib(server, "VmRSS")
    async with client.stream("GET", "/proxy/shop/endless") as response:
        pieces = response.aiter_raw()
        await anext(pieces)
        await asyncio.sleep(1)
        growth = memory_mib(server, "VmRSS") - before
        connected = len(service.connected)
    await until(lambda: len(service.connected) < connected, "the service's answer went on")
    print(f"an answer without an end: {growth:.0f} MiB more while its client reads nothing", flush=True)
    require(growth < MOST_MIB, f"the memory of the server grew by {growth:.0f} MiB")


async def prove_leavers(client: httpx2.AsyncClient, service: Service, clients: int) -> None:
    waiting = [asyncio.create_task(client.get("/proxy/shop/wait")) for _ in range(clients)]
    await until(lambda: service.waiting == clients, "not every request arrived")
    for task in waiting[: clients // 2]:
        task.cancel()
    await until(lambda: service.waiting == clients - clients // 2, "a request outlived its client")
    statuses = [(await client.get("/proxy/shop/")).status_code for _ in range(10)]
    require(statuses == [200] * 10, f"others got {statuses}")
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await until(lambda: not service.waiting, "a request outlived its client")
    print(f"of {clients} clients, {clients // 2} left: their requests ended, the others' went on", flush=True)


async def prove_recovery(client: httpx2.AsyncClient, service: Service, port: int) -> None:
    await service.stop()
    begin = time.perf_counter()
    took = []
    for _ in range(50):
        asked = time.perf_counter()
        require((await client.get("/proxy/shop/")).status_code == 503, "there was an answer")
        took.append(time.perf_counter() - asked)
    print(f"a service that is down: 503 after {1000 * sorted(took)[25]:.1f} ms", flush=True)
    await service.start(port)
    while (await client.get("/proxy/shop/")).status_code != 200:
        require(time.perf_counter() - begin < 10 * PAUSE_S, "the circuit stayed open")
        await asyncio.sleep(0.05)
    print(f"up again: answered {time.perf_counter() - begin:.1f} s after it failed", flush=True)


async def until(holds: Callable[[], bool], otherwise: str) -> None:
    begin = time.perf_counter()
    while not holds():
        require(time.perf_counter() - begin < ANSWERS_S, otherwise)
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    run(main)
