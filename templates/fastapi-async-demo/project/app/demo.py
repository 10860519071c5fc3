"""The page /demo: its cases, the code behind them, and the lag of the event loop."""

import asyncio
import inspect
from collections.abc import AsyncIterable
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from fastapi.routing import APIRoute
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel

from app import lessons

router = APIRouter(prefix="/demo", include_in_schema=False)

BEAT_S, LISTEN_S = 0.02, 20


class Case(BaseModel):
    title: str
    text: str
    requests: list[str]
    code: str = ""


CASES = [
    Case(
        title="Three async delays",
        text="Each request waits for a second and gives the event loop back meanwhile. "
        "So all three wait at the same time, and the loop stays on time.",
        requests=["async-delay/1"] * 3,
    ),
    Case(
        title="Three sync delays",
        text="`time.sleep` in an `async def` holds the event loop, so the requests run one after "
        "another. For three seconds, the server can do nothing else.",
        requests=["sync-delay/1"] * 3,
    ),
    Case(
        title="At the same time, or one after another",
        text="Both requests call three services that take a second each, and neither blocks. "
        "The first one makes all calls at once, the second one call after another.",
        requests=["performance/async", "performance/sync"],
    ),
    Case(
        title="A blocked loop",
        text="The first request blocks the event loop for a second. The others need a fifth of a "
        "second, but cannot even begin until it is done.",
        requests=["mixed-operation", "async-delay/0.2", "async-delay/0.2"],
    ),
    Case(
        title="The same in a thread",
        text="The same call blocks a thread instead, and the event loop is free. "
        "The other two requests are as fast as ever.",
        requests=["proper-mixed-operation", "async-delay/0.2", "async-delay/0.2"],
    ),
    Case(
        title="Computing in threads",
        text="Python's threads take turns at computing: two tasks take twice as long as one. "
        "The event loop has to wait for its turn, too, and is often a little late.",
        requests=["cpu-task-async?n=200"] * 2,
    ),
    Case(
        title="Computing in processes",
        text="Each process computes on a processor of its own, so two tasks take as long as one "
        "if there are two processors. The event loop stays on time.",
        requests=["cpu-task-process?n=200"] * 2,
    ),
]


@router.get("")
async def page() -> FileResponse:
    return FileResponse(Path(__file__).with_name("demo.html"))


@router.get("/cases")
async def cases(request: Request) -> list[Case]:
    return [case.model_copy(update={"code": code_behind(case, request)}) for case in CASES]


def code_behind(case: Case, request: Request) -> str:
    """Return the source of the endpoints that answer, so that the page shows what really runs."""
    paths = ["/" + wanted.partition("?")[0] for wanted in case.requests]
    return "\n\n".join(
        inspect.getsource(route.endpoint).strip()
        for route in [*lessons.router.routes, *request.app.routes]
        if isinstance(route, APIRoute) and any(map(route.path_regex.match, paths))
    )


class Beat(BaseModel):
    """When the event loop woke up, and how late that was, in milliseconds."""

    at: float
    late: float


@router.get("/lag", response_class=EventSourceResponse)
async def stream_lag() -> AsyncIterable[Beat]:
    """Send 50 beats a second. This ends by itself, so that an open page cannot delay a restart."""
    loop = asyncio.get_running_loop()
    end = loop.time() + LISTEN_S
    while (due := loop.time() + BEAT_S) < end:
        await asyncio.sleep(BEAT_S)
        now = loop.time()
        yield Beat(at=round(now * 1000, 1), late=round((now - due) * 1000, 1))
