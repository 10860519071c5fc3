"""A room as broadcaster's own example has it, with the answer to the sender."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket

broadcast = Broadcast(os.environ["REALTIME_URL"])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with broadcast:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/live")
async def live() -> None:
    pass


@app.websocket("/ws")
async def room(websocket: WebSocket) -> None:
    await websocket.accept()
    async with anyio.create_task_group() as tasks:

        async def receive() -> None:
            async for text in websocket.iter_text():
                await broadcast.publish("room", text)
            tasks.cancel_scope.cancel()

        tasks.start_soon(receive)
        async with broadcast.subscribe(channel="room") as subscriber:
            async for event in subscriber:
                await websocket.send_text(event.message)
