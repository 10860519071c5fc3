"""WebSockets: who may open one, and what goes over it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, WebSocket, WebSocketDisconnect, WebSocketException
from starlette.requests import HTTPConnection
from starlette.status import (
    WS_1003_UNSUPPORTED_DATA,
    WS_1008_POLICY_VIOLATION,
    WS_1009_MESSAGE_TOO_BIG,
)

from src.core.hub import Hub, Listener, Message


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_hub(connection: HTTPConnection) -> Hub:
    hub: Hub = connection.app.state.hub
    return hub


HubDep = Annotated[Hub, Depends(get_hub)]


async def check_origin(socket: WebSocket) -> None:
    """Refuse pages of other sites: browsers let them open WebSockets, with the user's cookies."""
    host = socket.headers.get("host")
    allowed = [*socket.app.state.settings.origins, f"http://{host}", f"https://{host}"]
    origin = socket.headers.get("origin", "")  # whatever is no browser sends none
    if origin and origin not in allowed and "*" not in allowed:
        raise WebSocketException(WS_1008_POLICY_VIOLATION, "Origin not allowed")


FromOurPages = Depends(check_origin)


async def converse(
    socket: WebSocket,
    listener: Listener,
    most: int,
    shown: Callable[[Message], str],
    answer: Callable[[str], Awaitable[None]],
) -> None:
    """Send what the listener gets, and give the function `answer` each text of the client."""
    await socket.accept()
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(_send(socket, listener, shown))
        while (message := await socket.receive())["type"] == "websocket.receive":
            text = message.get("text")
            if text is None:
                listener.let_go(WS_1003_UNSUPPORTED_DATA)
            elif len(text) > most:
                listener.let_go(WS_1009_MESSAGE_TOO_BIG)
            else:
                await answer(text)
        sending.cancel()


async def _send(socket: WebSocket, listener: Listener, shown: Callable[[Message], str]) -> None:
    try:
        async for message in listener:
            if message.sender != listener.key:
                await socket.send_text(shown(message))
        await socket.close(listener.code)
    except WebSocketDisconnect:
        pass  # the client has gone, as the one who receives will notice
