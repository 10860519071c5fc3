"""What is done after the answer: nobody waits for it, and its failure is told in the log."""

import asyncio
import logging

import pytest
from fastapi import FastAPI
from starlette.types import Message

from src.api.later import AfterAnswerDep
from src.core.log import request_id
from src.core.middleware import RequestMiddleware
from src.core.rate_limit import RateLimit
from tests.conftest import settings


async def events_of(app: FastAPI, events: list[str]) -> list[str]:
    """What happens in a request, in its order; `events` is what the tasks write into."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        events.append(message["type"])

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"x-request-id", b"from-the-caller")],
    }
    rate_limit = RateLimit("", "memory://")
    await RequestMiddleware(app, settings(), rate_limit, unlimited=set())(scope, receive, send)
    return events


async def test_the_answer_does_not_wait() -> None:
    app, events = FastAPI(), list[str]()

    async def note() -> None:
        await asyncio.sleep(0)
        events.append("done")

    @app.get("/")
    async def read(after: AfterAnswerDep) -> None:
        after.do(note)

    assert await events_of(app, events) == ["http.response.start", "http.response.body", "done"]


async def test_a_failure_is_logged_with_the_id_of_the_request_and_stops_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app, events = FastAPI(), list[str]()
    ids: list[str | None] = []

    def note_id(record: logging.LogRecord) -> bool:
        ids.append(request_id.get())
        return True

    caplog.handler.addFilter(note_id)

    async def fail(name: str) -> None:
        raise RuntimeError(name)

    async def note() -> None:
        events.append("done")

    @app.get("/")
    async def read(after: AfterAnswerDep) -> None:
        after.do(fail, "broken")
        after.do(note)

    assert (await events_of(app, events))[-1] == "done"
    assert "broken" in caplog.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert ids == ["from-the-caller"]
