"""/changes: which records change, told at the moment when they do."""

import json
from collections.abc import AsyncIterable, AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response, WebSocket
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.status import WS_1008_POLICY_VIOLATION

from src.api.sockets import FromOurPages, HubDep, converse
from src.core.hub import Listener, Message
from src.core.middleware import Limits
from src.crud.live import CHANGES

router = APIRouter(tags=["realtime"])


async def get_listener(
    request: Request, hub: HubDep, last_event_id: Annotated[str | None, Header()] = None
) -> AsyncIterator[Listener]:
    limits: Limits = request.state.limits
    limits.stream()
    with hub.listening(CHANGES, last_event_id) as listener:
        yield listener


class Events(EventSourceResponse):
    # Of errors, too, which FastAPI would describe as events otherwise.
    media_type = None  # type: ignore[assignment]


@router.get("/changes", response_class=Events)
async def read_changes(
    listener: Annotated[Listener, Depends(get_listener)],
) -> AsyncIterable[ServerSentEvent]:
    """Events named `change`, with `table`, `action` and `id`.

    A client that reconnects gets what it missed. If that is not known any more, it first gets an
    event named `reset`: read again what you show.
    """
    if listener.missed is None:
        yield ServerSentEvent(event="reset", data={})
    if listener.place and not listener.missed:
        yield ServerSentEvent(id=listener.place)
    async for message in listener:
        yield ServerSentEvent(event="change", raw_data=message.text, id=message.id)


@router.head("/changes", include_in_schema=False)
async def answer_head() -> Response:
    """Without the events, which nobody would read."""
    return Response(media_type=EventSourceResponse.media_type)


@router.websocket("/ws/changes", dependencies=[FromOurPages])
async def hear_changes(socket: WebSocket, hub: HubDep, after: str | None = None) -> None:
    """The same as JSON: the `id` of a message, for the parameter `after`, and its `change`."""
    with hub.listening(CHANGES, after) as listener:
        if listener.missed is None:
            listener.offer(Message("", CHANGES, "null"))

        async def answer(text: str) -> None:
            listener.let_go(WS_1008_POLICY_VIOLATION)  # there is nothing to say here

        await converse(socket, listener, hub.settings.REALTIME_MAX_MESSAGE, as_json, answer)


def as_json(message: Message) -> str:
    return json.dumps({"id": message.id, "change": json.loads(message.text)})
