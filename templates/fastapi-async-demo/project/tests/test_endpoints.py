"""Every endpoint that the tables of README.md name, each with the answer that it promises."""

import asyncio
import re
from typing import Any, NamedTuple

import pytest
from httpx2 import AsyncClient, Response

from app.external import Service
from app.main import app

USER = {"email": "test@example.com", "full_name": "Test User"}
MAIL = {"email": "ada@example.com", "message": "Hello"}
ALL = [{"service": service.value, "data": f"Data of {service}"} for service in Service]
SUM = sum(range(100_000))


class Row(NamedTuple):
    method: str
    path: str
    expected: Any  # the answer; of an object, the members that are certain
    status: int = 200
    body: dict[str, str] | None = None


NEW_USER = Row("POST", "/users/", USER, 201, USER)

DEMO = [
    Row("GET", "/", {}),
    Row("GET", "/async-delay/0.1", {"kind": "async", "seconds": 0.1}),
    Row("GET", "/sync-delay/0.1", {"kind": "sync", "seconds": 0.1}),
    NEW_USER,
    Row("GET", "/users/test@example.com", USER),
    Row("GET", "/fetch-external-data", {"results": ALL}),
    Row("GET", "/user-with-external-data/test@example.com", {"external_data": ALL[:2]}),
    Row("POST", "/process-data/hello", {"message": "Processing 'hello' in the background"}, 202),
    Row("GET", "/performance/async", {"results": ALL}),
    Row("GET", "/performance/sync", {"results": ALL}),
    Row("GET", "/health", {"status": "ok"}),
]

LESSONS = [
    Row("GET", "/async-endpoint", {"message": "Async operation completed"}),
    Row("GET", "/sync-endpoint", {"message": "Sync operation completed"}),
    Row("GET", "/async-operation", {"result": "async completed"}),
    Row("GET", "/sync-operation", {"result": "sync completed"}),
    Row("GET", "/mixed-operation", {"result": "mixed completed"}),
    Row("GET", "/proper-mixed-operation", {"result": "proper mixed completed"}),
    Row("GET", "/cpu-task-sync?n=1", {"result": SUM, "method": "sync"}),
    Row("GET", "/cpu-task-async?n=1", {"result": SUM, "method": "async_thread_pool"}),
    Row("GET", "/cpu-task-process?n=1", {"result": SUM, "method": "async_process_pool"}),
    Row("GET", "/async-with-error", {"detail": "The operation failed; the log says why"}, 500),
    Row("GET", "/use-resource", {"resource_name": "test_resource", "is_open": True}),
    Row("GET", "/use-resource-manager", {"resource_name": "manager_resource", "is_open": True}),
    Row("GET", "/users/me", {"detail": "Not authenticated"}, 401),
    Row("POST", "/send-email", {"message": "Email queued for sending"}, 202, MAIL),
    Row("POST", "/send-email-async", {"message": "Async email queued for sending"}, 202, MAIL),
    Row("GET", "/stream-data", "data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n"),
    Row("GET", "/files/hello.txt", {"filename": "hello.txt"}),
    Row("GET", "/async-performance", {}),
    Row("GET", "/demo", "<!doctype html>"),
    Row("GET", "/docs", "/docs/swagger-ui-bundle.js"),
    Row("GET", "/redoc", "/redoc/redoc.standalone.js"),
]

ROWS = DEMO + LESSONS


@pytest.fixture(scope="module")
def responses(server: str) -> dict[str, Response]:
    """The answers by path: to the user first, then to all others at the same time."""

    async def send_all() -> list[Response]:
        async with AsyncClient(base_url=server, timeout=60, trust_env=False) as client:

            async def send(row: Row) -> Response:
                return await client.request(row.method, row.path, json=row.body)

            created = await send(NEW_USER)
            others = await asyncio.gather(*(send(row) for row in ROWS if row is not NEW_USER))
            return [created, *others]

    paths = [NEW_USER.path, *(row.path for row in ROWS if row is not NEW_USER)]
    return dict(zip(paths, asyncio.run(send_all()), strict=True))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
def test_the_endpoint_answers(row: Row, responses: dict[str, Response]) -> None:
    response = responses[row.path]

    assert response.status_code == row.status, response.text
    if isinstance(row.expected, str):
        assert row.expected in response.text
    else:
        assert response.json() == response.json() | row.expected


def test_every_answer_says_how_long_it_took(responses: dict[str, Response]) -> None:
    for path, response in responses.items():
        assert 0 < float(response.headers["X-Process-Time"]) < 60, path


def test_requests_are_counted_while_they_are_served(responses: dict[str, Response]) -> None:
    counts = responses["/async-performance"].json()

    assert counts["request_count"] >= counts["max_concurrent"] >= counts["concurrent_requests"] > 1


def test_the_tables_leave_no_endpoint_out() -> None:
    patterns = [re.sub(r"{\w+}", "[^/]+", path) for path in app.openapi()["paths"]]
    called = [row.path.partition("?")[0] for row in ROWS]

    assert [p for p in patterns if not any(re.fullmatch(p, path) for path in called)] == []
