"""/ws: a room, in which all who are connected receive what one of them sends."""

from pathlib import Path

from fastapi import APIRouter, WebSocket
from fastapi.responses import FileResponse

from src.api.errors import Responses
from src.api.sockets import FromOurPages, HubDep, converse
from src.core.errors import AppError
from src.core.hub import Message

router = APIRouter(tags=["realtime"])

ROOM = "room"
PAGE = Path(__file__).parent.with_name("chat.html")


HTML: Responses = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}


@router.get("/chat", response_class=FileResponse, responses=HTML)
async def show_chat() -> FileResponse:
    """A page that shows the room and the live updates."""
    return FileResponse(PAGE, headers={"Cache-Control": "no-cache"})


@router.websocket("/ws", dependencies=[FromOurPages])
async def enter_room(socket: WebSocket, hub: HubDep) -> None:
    with hub.listening(ROOM) as listener:

        async def answer(text: str) -> None:
            try:
                await hub.publish(ROOM, text, listener.key)
            except AppError as error:
                listener.offer(Message("", ROOM, error.detail))
            else:
                listener.offer(Message("", ROOM, f"Message received: {text}"))

        most = hub.settings.REALTIME_MAX_MESSAGE
        await converse(socket, listener, most, lambda message: message.text, answer)
