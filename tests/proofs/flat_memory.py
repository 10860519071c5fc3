"""Proof that files do not pass through memory, however large they are and however many at once.

python -m tests.proofs.flat_memory [--files 20] [--mib 50]

Linux only: the most memory that the server has ever used comes from /proc.
"""

import argparse
import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2

from tests.proofs.flagship import Server
from tests.proofs.proof import new_room, require, run
from tests.proofs.sql import render
from tests.proofs.sql_services import Installation

MIB = 1024 * 1024
ALLOWED_MIB = 100
"""For the buffers of all transfers together; at 20 times 50 MiB, a tenth of what is sent."""

HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="large.zip"\r\n\r\n'
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--mib", type=int, default=50)
    arguments = parser.parse_args()
    with new_room() as room:
        prove(render(room), room / "data", arguments.files, arguments.mib)


def prove(project: Path, data: Path, files: int, mib: int) -> None:
    with Installation(project, data, takeover_after_s=60).serve() as server:
        asyncio.run(transfer(server, 1, 1))  # what is made once is not growth
        before = memory_mib(server, "VmRSS")
        same = asyncio.run(transfer(server, files, mib))
        growth = memory_mib(server, "VmHWM") - before
    require(same == files, f"{files - same} of {files} files came back different")
    require(growth < ALLOWED_MIB, f"the memory of the server grew by {growth:.0f} MiB")
    print(
        f"{files} files of {mib} MiB sent at once, then fetched at once: all the same,"
        f" memory {before:.0f} MiB before and at most {growth:.0f} MiB more",
        flush=True,
    )


async def transfer(server: Server, files: int, mib: int) -> int:
    """How many come back as they were sent."""
    async with server.async_client() as client:
        client.timeout = httpx2.Timeout(600)
        sent = await asyncio.gather(*(send(client, number, mib) for number in range(files)))
        found = await asyncio.gather(*(fetch(client, file) for file in sent))
    return sum(found)


async def send(client: httpx2.AsyncClient, number: int, mib: int) -> dict[str, Any]:
    answer = await client.post("/files/", content=form(number, mib), headers=FORM)
    require(answer.status_code == 201, answer.text)
    file: dict[str, Any] = answer.json()
    require(file["size"] == mib * MIB, f"{file['size']} bytes were received")
    return file


async def form(number: int, mib: int) -> AsyncIterator[bytes]:
    block = b"PK\x03\x04" + bytes([number % 256]) * (MIB // 4 - 4)
    yield HEAD
    for _ in range(4 * mib):
        yield block
    yield b"\r\n--b--\r\n"


async def fetch(client: httpx2.AsyncClient, file: dict[str, Any]) -> bool:
    digest = hashlib.sha256()
    async with client.stream("GET", f"/files/{file['id']}/content") as answer:
        async for piece in answer.aiter_raw():
            digest.update(piece)
    return digest.hexdigest() == str(file["sha256"])


def memory_mib(server: Server, name: str) -> float:
    """VmRSS is what is used now, VmHWM the most that was ever used."""
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    [line] = (line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    run(main)
