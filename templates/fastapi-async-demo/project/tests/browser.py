"""Chromium without a window, driven by its own protocol: no driver to install."""

import asyncio
import itertools
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from httpx2 import AsyncClient
from websockets.asyncio.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.numbers = itertools.count(1)
        self.requested: list[str] = []  # every address that the browser has asked for

    async def call(self, method: str, **params: Any) -> Any:
        number = next(self.numbers)
        await self.connection.send(json.dumps({"id": number, "method": method, "params": params}))
        async for text in self.connection:
            message = json.loads(text)
            if message.get("method") == "Network.requestWillBeSent":
                self.requested.append(message["params"]["request"]["url"])
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]
        raise ConnectionError(method)

    async def evaluate(self, script: str) -> Any:
        answer = await self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, condition: str, seconds: float = 30) -> None:
        async with asyncio.timeout(seconds):
            while not await self.evaluate(condition):
                await asyncio.sleep(0.05)

    async def open(self, url: str, ready: str) -> None:
        self.requested.clear()
        await self.call("Page.navigate", url=url)
        await self.until(f"location.href === {json.dumps(url)} && Boolean({ready})")

    async def press(self, key: str, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, text=text)

    async def resize(self, width: int, height: int) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    async def color_scheme(self, name: str) -> None:
        feature = {"name": "prefers-color-scheme", "value": name}
        await self.call("Emulation.setEmulatedMedia", features=[feature])


@asynccontextmanager
async def open_browser(folder: Path) -> AsyncIterator[Page]:
    assert PROGRAM
    # No sandbox, as root in a container has none, and nothing but this project is opened.
    words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *words, f"--user-data-dir={folder}", "about:blank", stderr=subprocess.DEVNULL
    )
    try:
        port = await port_of(folder)
        async with AsyncClient(trust_env=False) as client:
            tabs = (await client.get(f"http://127.0.0.1:{port}/json")).json()
        url = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
        async with connect(url, max_size=None, proxy=None) as connection:
            page = Page(connection)
            for domain in ("Page", "Network"):
                await page.call(f"{domain}.enable")
            yield page
    finally:
        process.terminate()
        await process.wait()


async def port_of(folder: Path) -> str:
    file = folder / "DevToolsActivePort"
    async with asyncio.timeout(60):
        while not (file.exists() and file.read_text().strip()):
            await asyncio.sleep(0.05)
    return file.read_text().split()[0]
