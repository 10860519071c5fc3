"""What the tables do not show: limits, errors, users, and the work after the answer."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient, MockTransport, Response
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.database import get_session, open_database
from app.external import get_client
from app.main import app
from app.models import User

JSON = {"Content-Type": "application/json"}
MAIL = {"email": "ada@example.com", "message": "x" * 77}


@pytest.mark.parametrize(
    "path",
    [
        *(f"/async-delay/{seconds}" for seconds in ("5.1", "-1", "nan", "inf", "x")),
        "/sync-delay/5.1",
        *(f"/cpu-task-{kind}?n={n}" for kind in ("sync", "async", "process") for n in (0, 501)),
        "/users/nobody",
        "/files/.env",
        "/files/hello.txt.py",
    ],
)
async def test_what_comes_from_outside_has_limits(client: AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 422


@pytest.mark.parametrize(
    "path", ["/files/missing.txt", "/files/..%2Fmain.py", "/users/a@b.example"]
)
async def test_what_is_not_there_is_not_found(client: AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        "NaN",
        '{"email": NaN, "full_name": Infinity}',
        '{"email": "half@example.com", "full_name": "\\ud800"}',
        '{"email": "nul@example.com", "full_name": "\\u0000"}',
        '{"email": "\\u0000@example.com", "full_name": "Nul"}',
        '{"email": "blank@example.com", "full_name": " "}',
    ],
)
async def test_text_that_cannot_be_stored_is_invalid(client: AsyncClient, body: str) -> None:
    answer = await client.post("/users/", content=body, headers=JSON)

    assert answer.status_code == 422, answer.text
    assert all(fault.keys() == {"type", "loc", "msg"} for fault in answer.json()["detail"])


async def test_a_large_body_is_refused(client: AsyncClient) -> None:
    answer = await client.post("/users/", content='"' + "x" * 200_000 + '"', headers=JSON)

    assert answer.status_code == 413


async def test_a_lowercase_email_may_be_longer_than_it_was(client: AsyncClient) -> None:
    user = {"email": "İ" * 200 + "@example.com", "full_name": "Long"}

    assert (await client.post("/users/", json=user)).status_code == 201


async def test_several_servers_can_start_on_an_empty_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")

    async def start() -> None:
        async with open_database() as new_session, new_session() as session:
            await session.execute(select(User))

    await asyncio.gather(*(start() for _ in range(4)))


async def test_an_email_belongs_to_one_user(client: AsyncClient) -> None:
    user = {"email": "Twice@Example.com", "full_name": "Twice"}
    answers = [await client.post("/users/", json=user) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 409]
    assert (await client.get("/users/TWICE@example.com")).json()["email"] == "twice@example.com"


async def test_the_current_user_is_the_one_whose_token_it_is(client: AsyncClient) -> None:
    user = {"email": "me@example.com", "full_name": "Me"}
    token = (await client.post("/users/", json=user)).json()["token"]
    found = await client.get("/users/me", headers={"Authorization": f"Bearer {token}"})
    other = await client.get("/users/me", headers={"Authorization": "Bearer anything"})

    assert found.json() == {"id": found.json()["id"], **user}
    assert other.status_code == 401


@pytest.mark.parametrize("path", ["/send-email", "/send-email-async"])
async def test_mail_is_sent_after_the_answer(
    client: AsyncClient, log_file: Path, path: str
) -> None:
    sent = f"Sent a message of {len(MAIL['message'])} characters"
    before = log_file.read_text().count(sent)
    await client.post(path, json=MAIL)

    assert log_file.read_text().count(sent) == before
    async with asyncio.timeout(10):
        while log_file.read_text().count(sent) == before:
            await asyncio.sleep(0.1)
    assert MAIL["email"] not in log_file.read_text()


async def test_the_background_computes_in_the_end(client: AsyncClient, log_file: Path) -> None:
    await client.post("/process-data/numbers")

    async with asyncio.timeout(20):
        while "Processed 'numbers'" not in log_file.read_text():
            await asyncio.sleep(0.1)


async def test_an_error_stays_in_the_log(client: AsyncClient, log_file: Path) -> None:
    answer = await client.get("/async-with-error")

    assert "wrong" not in answer.text
    assert "ValueError: Something went wrong in async operation" in log_file.read_text()


async def test_each_event_is_sent_when_it_is_there(client: AsyncClient) -> None:
    begin = time.perf_counter()
    async with client.stream("GET", "/stream-data") as answer:
        arrived = [time.perf_counter() - begin async for line in answer.aiter_lines() if line]

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert arrived[-1] - arrived[0] > 0.5


@pytest.fixture
async def unserved() -> AsyncIterator[AsyncClient]:
    """The application itself, without what a start opens: a test says what there is instead."""
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client
    app.dependency_overrides.clear()


async def test_a_service_that_fails_is_a_bad_gateway(unserved: AsyncClient) -> None:
    failing = AsyncClient(transport=MockTransport(lambda _: Response(500)), base_url="http://x")
    app.dependency_overrides[get_client] = lambda: failing

    for path in ("/fetch-external-data", "/performance/async", "/performance/sync"):
        answer = await unserved.get(path)
        assert (answer.status_code, answer.json()) == (
            502,
            {"detail": "An external service failed"},
        )


async def test_health_is_that_of_the_database(unserved: AsyncClient) -> None:
    class Unreachable:
        async def execute(self, statement: object) -> None:
            raise OperationalError("SELECT 1", {}, ConnectionRefusedError())

    app.dependency_overrides[get_session] = Unreachable

    assert (await unserved.get("/health")).status_code == 503
