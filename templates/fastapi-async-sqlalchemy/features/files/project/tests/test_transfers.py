"""Files have limits of their own, wherever the API is; all other requests keep theirs."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient, Response

from src.api.transfers import FORM_SIZE
from tests.conftest import App

LIMITS = {
    "MAX_BODY_SIZE": 100,
    "REQUEST_TIMEOUT": 0.2,
    "MAX_UPLOAD_SIZE": 2000,
    "TRANSFER_TIMEOUT": 10,
}


@pytest.fixture
async def client(app: App) -> AsyncIterator[AsyncClient]:
    async with app(**LIMITS) as client:
        yield client


async def upload(client: AsyncClient, path: str, size: int, pause_s: float = 0) -> Response:
    async def body() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        await asyncio.sleep(pause_s)
        yield b"a" * size
        yield b"\r\n--x--\r\n"

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    return await client.post(path, content=body(), headers=kind)


@pytest.mark.parametrize("root_path", ["", "/api"])
async def test_a_file_may_be_large_and_take_its_time(client: AsyncClient, root_path: str) -> None:
    path = f"{root_path}/files/"

    assert (await upload(client, path, 2000, pause_s=0.4)).status_code == 201
    assert (await upload(client, path, 2001)).status_code == 413


async def test_nothing_is_read_of_a_body_that_is_announced_as_too_large(
    client: AsyncClient,
) -> None:
    async def body() -> AsyncIterator[bytes]:
        read.append("something")
        yield b"x"

    read: list[str] = []
    announced = {
        "Content-Length": str(2001 + FORM_SIZE),
        "Content-Type": "multipart/form-data; boundary=x",
    }
    assert (await client.post("/files/", content=body(), headers=announced)).status_code == 413
    assert read == []


async def test_a_little_is_read_of_a_file_that_is_refused(client: AsyncClient) -> None:
    """Whoever still sends when the connection closes may not see the answer."""

    async def body() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.exe"\r\n\r\n'
        yield b"MZ\r\n--x--\r\n"
        read.append("all")

    read: list[str] = []
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await client.post("/files/", content=body(), headers=kind)).status_code == 415
    assert read == ["all"]


async def test_other_bodies_may_be_neither(client: AsyncClient) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    assert (await client.post("/users/", content=b" " * 101)).status_code == 413
    assert (await client.post("/users/", content=slowly())).status_code == 504
