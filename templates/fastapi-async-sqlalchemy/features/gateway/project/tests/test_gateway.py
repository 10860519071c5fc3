"""The gateway, and services that behave as services do: well, badly or not at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hishel import Request as Kept
from hishel import Response as KeptAnswer
from httpx2 import AsyncBaseTransport, AsyncClient, Request, Response
from pydantic import ValidationError
from starlette.types import Message

from src.core.answers_kept import ENTRY_SIZE, VARIANTS, Memory
from src.core.breakers import Breakers, CircuitOpen
from src.core.services import MAX_CACHED_ANSWER, Service, ServiceSettings
from tests.conftest import APP, App
from tests.test_api import operations, statuses

MB = 1024 * 1024


@dataclass(frozen=True)
class Asked:
    line: str
    headers: list[tuple[str, str]]
    body: bytes = b""

    @property
    def target(self) -> str:
        return self.line.split()[1]

    def all(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each == name]


Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


def http(status: int | str = 200, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Any", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Backend:
    """A service that answers each path with these bytes, whatever they are, or by a function."""

    url: str = ""
    replies: dict[str, bytes | Reply] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    at_work: set[Any] = field(default_factory=set)
    first_piece: asyncio.Event = field(default_factory=asyncio.Event)

    def targets(self) -> list[str]:
        return [each.target for each in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_work.add(asyncio.current_task())
        try:
            while await self.answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.at_work.discard(asyncio.current_task())
            writer.close()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        pairs = [line.split(": ", 1) for line in head[1:]]
        asked = Asked(head[0], [(name.lower(), value) for name, value in pairs])
        body = await self.body(asked, reader)
        self.asked.append(Asked(asked.line, asked.headers, body))
        path = asked.target.split("?")[0]
        reply = self.replies.get(path, http(200, b'"here"'))
        if isinstance(reply, bytes):
            writer.write(reply)
            await writer.drain()
            return b"Connection: close" not in reply
        await reply(writer)
        return False

    async def body(self, asked: Asked, reader: asyncio.StreamReader) -> bytes:
        if not asked.all("transfer-encoding"):
            return await reader.readexactly(int((asked.all("content-length") or ["0"])[0]))
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            self.first_piece.set()
            await reader.readline()
        await reader.readline()
        return body


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


@pytest.fixture
async def backend(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Backend]:
    monkeypatch.setattr("src.core.http.FIRST_PAUSE_S", 0.001)
    backend = Backend()
    server = await asyncio.start_server(backend.serve, "127.0.0.1", 0)
    backend.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield backend
    server.close()
    for task in backend.at_work:
        task.cancel()
    await asyncio.gather(*backend.at_work, return_exceptions=True)


Start = Callable[..., Any]

EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


@pytest.fixture
def gateway(app: App, backend: Backend) -> Start:
    """Starts the application before that service, whose other settings can be given."""

    def start(service: dict[str, Any] | None = None, **changes: Any) -> Any:
        known = {"url": f"{backend.url}/base", "methods": EVERY_METHOD, **(service or {})}
        services = {"shop": known, "placeholder": known}
        return app(**{"SERVICES": services, "HTTP_ATTEMPTS": 1, **changes})

    return start


@pytest.fixture
async def client(gateway: Start) -> AsyncIterator[AsyncClient]:
    async with gateway() as client:
        yield client


# Several services together


def have(backend: Backend, **answers: str) -> None:
    for name, answer in answers.items():
        backend.replies[f"/base/{name}"] = http(200, answer.encode())


async def test_the_summary_has_five_users_and_counts(client: AsyncClient, backend: Backend) -> None:
    have(backend, users="[1, 2, 3, 4, 5, 6]", posts="[1, 2]", todos="[1, 2, 3]")
    answer = await client.get("/aggregate-services")
    assert answer.json() == {"users": [1, 2, 3, 4, 5], "posts": 2, "todos": 3, "errors": {}}


async def test_the_data_are_in_the_order_of_their_posts(
    client: AsyncClient, backend: Backend
) -> None:
    have(backend, **{"posts/1": "1", "posts/2": "2", "posts/3": "3"})
    answer = await client.get("/aggregate-data")
    assert answer.json() == {"results": [1, 2, 3], "errors": {}}


async def test_a_dashboard_has_its_three_parts(client: AsyncClient, backend: Backend) -> None:
    have(backend, users="[1]", products="{}", sales="3")
    answer = await client.get("/dashboard/")
    assert answer.json() == {"users": [1], "products": {}, "sales": 3, "errors": {}}


async def test_a_part_that_fails_is_null_and_says_why(
    client: AsyncClient, backend: Backend
) -> None:
    have(backend, users="[1]", posts="{}")
    backend.replies["/base/todos"] = http(500)
    found = (await client.get("/aggregate-services")).json()
    assert (found["users"], found["posts"], found["todos"]) == ([1], None, None)
    assert {part: fault["status"] for part, fault in found["errors"].items()} == {
        "posts": 502,
        "todos": 500,
    }
    assert found["errors"]["todos"]["detail"] == "External API error: todos answered 500"


async def test_a_part_that_takes_too_long_costs_only_itself(
    gateway: Start, backend: Backend
) -> None:
    have(backend, users="[]", products="[]")
    backend.replies["/base/sales"] = hang
    async with gateway(SOURCE_TIMEOUT=0.2) as client:
        found = (await client.get("/dashboard/")).json()
    assert (found["users"], found["sales"], found["errors"]["sales"]["status"]) == ([], None, 504)


async def test_all_parts_are_asked_at_the_same_time(client: AsyncClient, backend: Backend) -> None:
    together = asyncio.Barrier(3)

    async def when_all_are_here(writer: asyncio.StreamWriter) -> None:
        await together.wait()
        writer.write(http(200, b"[]"))

    backend.replies = dict.fromkeys(
        ["/base/users", "/base/posts", "/base/todos"], when_all_are_here
    )
    assert (await client.get("/aggregate-services")).json()["errors"] == {}


@pytest.mark.parametrize("path", ["/aggregate-services", "/aggregate-data", "/dashboard/"])
async def test_if_every_part_fails_so_does_the_whole(
    client: AsyncClient, backend: Backend, path: str
) -> None:
    parts = ["users", "posts", "todos", "products", "sales", "posts/1", "posts/2", "posts/3"]
    backend.replies = dict.fromkeys([f"/base/{part}" for part in parts], http(418))
    assert (await client.get(path)).status_code == 503


async def test_an_aggregate_of_a_service_that_is_not_there_is_404(app: App) -> None:
    async with app(SERVICES={}) as client:
        answer = await client.get("/dashboard/")
    assert (answer.status_code, answer.json()) == (
        404,
        {"detail": "Service with id shop not found"},
    )


# What is passed on


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_request_and_its_answer_are_passed_on(
    client: AsyncClient, backend: Backend, method: str
) -> None:
    backend.replies["/base/items/1"] = http(201, b"\x00made", "X-Kind: item", "X-Kind: new")
    answer = await client.request(
        method, "/proxy/shop/items/1?q=a%20b&q=", content=b"\xffbody", headers={"X-Mine": "1"}
    )
    [asked] = backend.asked
    assert asked.line == f"{method} /base/items/1?q=a%20b&q= HTTP/1.1"
    assert (asked.body, asked.all("x-mine")) == (b"\xffbody", ["1"])
    assert (answer.status_code, answer.content) == (201, b"\x00made")
    assert answer.headers.get_list("X-Kind") == ["item", "new"]


async def test_an_item_is_one_of_the_shop(client: AsyncClient, backend: Backend) -> None:
    await client.get("/proxy/42?size=1")
    assert backend.targets() == ["/base/items/42?size=1"]


async def test_head_asks_for_the_head(client: AsyncClient, backend: Backend) -> None:
    backend.replies["/base/x"] = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
    answer = await client.head("/proxy/shop/x")
    assert (backend.asked[0].line, answer.headers["Content-Length"]) == (
        "HEAD /base/x HTTP/1.1",
        "7",
    )


async def test_nothing_is_decoded_on_the_way(client: AsyncClient, backend: Backend) -> None:
    backend.replies["/base/x"] = http(200, b"not gzip", "Content-Encoding: gzip")
    request = client.build_request("GET", "/proxy/shop/x", headers={"Accept-Encoding": "gzip"})
    answer = await client.send(request, stream=True)
    assert b"".join([piece async for piece in answer.aiter_raw()]) == b"not gzip"
    assert backend.asked[0].all("accept-encoding") == ["gzip"]


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("", "/base/"),
        ("a/b/", "/base/a/b/"),
        ("a//b", "/base/a//b"),
        ("a%20b", "/base/a%20b"),
        ("%3Fa=1%23", "/base/%3Fa%3D1%23"),
        ("%252e%252e", "/base/%252e%252e"),
        ("%C3%BC", "/base/%C3%BC"),
        ("@evil.example/", "/base/%40evil.example/"),
        ("...", "/base/..."),
        ("http:%2F%2Fevil.example", "/base/http%3A//evil.example"),
    ],
)
async def test_a_path_stays_within_the_service(
    client: AsyncClient, backend: Backend, path: str, target: str
) -> None:
    assert (await client.get(f"/proxy/shop/{path}")).status_code == 200
    assert backend.targets() == [target]


@pytest.mark.parametrize(
    "path", ["%2e%2e", "..%2Fadmin", "a/%2E%2E/%2E%2E/b", "a/%2e/b", "..%5Cb", "a%0D%0Ab"]
)
async def test_a_path_that_leads_out_of_the_service_is_refused(
    client: AsyncClient, backend: Backend, path: str
) -> None:
    assert (await client.get(f"/proxy/shop/x/{path}")).status_code in {400, 404}
    assert backend.asked == []


async def test_only_services_of_the_settings_are_asked(
    client: AsyncClient, backend: Backend
) -> None:
    for name in ("other", "127.0.0.1", "http:"):
        assert (await client.get(f"/proxy/{name}/x")).status_code == 404
    assert backend.asked == []


async def test_a_method_that_the_service_does_not_get_is_refused(
    gateway: Start, backend: Backend
) -> None:
    async with gateway({"methods": ["GET", "PUT"]}) as client:
        answer = await client.post("/proxy/shop/x")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, PUT")
    assert backend.asked == []


# Headers


async def test_headers_of_one_connection_are_not_passed_on(
    client: AsyncClient, backend: Backend
) -> None:
    of_connection = {
        "Connection": "close, X-Secret",
        "X-Secret": "1",
        "Keep-Alive": "1",
        "TE": "trailers",
        "Trailer": "X",
        "Upgrade": "h2c",
        "Proxy-Authorization": "Basic x",
        "Proxy-Connection": "close",
        "Expect": "100-continue",
    }
    await client.get("/proxy/shop/x", headers=of_connection)
    [asked] = backend.asked
    for name in of_connection:
        assert asked.all(name.lower()) == []


async def test_nor_are_those_of_the_answer(client: AsyncClient, backend: Backend) -> None:
    backend.replies["/base/x"] = http(
        200,
        b"",
        "Connection: close, X-Secret",
        "X-Secret: 1",
        "Keep-Alive: timeout=5",
        "Upgrade: h2",
    )
    answer = await client.get("/proxy/shop/x")
    assert not {"connection", "x-secret", "keep-alive", "upgrade"} & set(answer.headers)


async def test_the_service_is_told_who_asks_and_clients_cannot_pretend(
    client: AsyncClient, backend: Backend
) -> None:
    pretended = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"]
    headers = dict.fromkeys([*pretended, "X-Forwarded-Prefix", "Forwarded"], "evil")
    await client.get("/proxy/shop/x", headers={**headers, "X-Request-ID": "abc"})
    [asked] = backend.asked
    assert asked.all("host") == [backend.url.removeprefix("http://")]
    assert asked.all("x-forwarded-for") == ["127.0.0.1"]
    assert asked.all("x-forwarded-host") == ["test"]
    assert asked.all("x-forwarded-proto") == ["http"]
    assert asked.all("x-request-id") == ["abc"]
    assert len(asked.all("via")) == 1
    assert "evil" not in [value for _, value in asked.headers]


async def test_credentials_stay_here(client: AsyncClient, backend: Backend) -> None:
    backend.replies["/base/x"] = http(200, b"", "Set-Cookie: a=1")
    headers = {"Authorization": "Bearer x", "Cookie": "a=1"}
    answer = await client.get("/proxy/shop/x", headers=headers)
    [asked] = backend.asked
    assert (asked.all("authorization"), asked.all("cookie")) == ([], [])
    assert "Set-Cookie" not in answer.headers


async def test_a_service_that_is_trusted_gets_credentials(gateway: Start, backend: Backend) -> None:
    backend.replies["/base/x"] = http(200, b"", "Set-Cookie: a=1")
    headers = {"Authorization": "Bearer x", "Cookie": "b=2"}
    async with gateway({"credentials": True}) as client:
        answer = await client.get("/proxy/shop/x", headers=headers)
    [asked] = backend.asked
    assert (asked.all("authorization"), asked.all("cookie")) == (["Bearer x"], ["b=2"])
    assert answer.headers["Set-Cookie"] == "a=1"


async def test_a_page_of_a_service_cannot_act_as_the_gateway(
    client: AsyncClient, backend: Backend
) -> None:
    backend.replies["/base/x"] = http(
        200,
        b"",
        "Access-Control-Allow-Origin: *",
        "Strict-Transport-Security: max-age=1",
        "Clear-Site-Data: *",
        "Service-Worker-Allowed: /",
        'Alt-Svc: h2="evil"',
        "Server: theirs",
    )
    answer = await client.get("/proxy/shop/x")
    own = {"content-length", "content-security-policy", "x-request-id", "x-process-time"}
    assert set(answer.headers) == own
    assert answer.headers["Content-Security-Policy"] == "sandbox"


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("/base/b?c=1", "http://test/proxy/shop/b?c=1"),
        ("{url}/base/b", "http://test/proxy/shop/b"),
        ("b", "b"),
        ("/other", "/other"),
        ("{url}/baseless", "{url}/baseless"),
        ("//evil.example/base/", "//evil.example/base/"),
        ("http://169.254.169.254/", "http://169.254.169.254/"),
    ],
)
async def test_a_redirection_is_the_client_s_to_follow(
    client: AsyncClient, backend: Backend, location: str, told: str
) -> None:
    backend.replies["/base/a"] = http(302, b"", f"Location: {location.format(url=backend.url)}")
    answer = await client.get("/proxy/shop/a")
    assert (answer.status_code, answer.headers["Location"]) == (302, told.format(url=backend.url))
    assert backend.targets() == ["/base/a"]


# Services that fail


async def hang(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def send_for_ever(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 64 * 1024)
        await writer.drain()


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (http(999), 502),
        (http(600), 502),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 502),
        (b"SSH-2.0-OpenSSH\r\n\r\n", 502),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 502),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 502),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * MB + b"\r\n\r\n", 502),
        (hang_up, 502),
        (hang, 504),
        (http(404, b"gone"), 404),
        (http(500), 500),
        (http(503), 503),
        (http(204), 204),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nConnection: close\r\n\r\n", 304),
    ],
)
async def test_the_status_says_what_the_service_did(
    gateway: Start, backend: Backend, reply: bytes | Reply, status: int
) -> None:
    backend.replies["/base/x"] = reply
    async with gateway(HTTP_TIMEOUT=0.2) as client:
        answer = await client.get("/proxy/shop/x", headers={"If-None-Match": "1"})
    assert answer.status_code == status
    if status in {204, 304}:
        assert "Content-Length" not in answer.headers


async def test_a_service_that_is_down_is_503(app: App, unused_tcp_port: int) -> None:
    services = {"shop": {"url": f"http://127.0.0.1:{unused_tcp_port}"}}
    async with app(SERVICES=services, HTTP_ATTEMPTS=1) as client:
        answer = await client.get("/proxy/shop/x")
    assert (answer.status_code, answer.json()) == (
        503,
        {"detail": "External API error: shop cannot be reached"},
    )


@pytest.mark.parametrize(("method", "times"), [("GET", 3), ("DELETE", 3), ("POST", 1)])
async def test_only_what_may_be_repeated_is_sent_again(
    gateway: Start, backend: Backend, method: str, times: int
) -> None:
    backend.replies["/base/x"] = hang_up
    async with gateway(HTTP_ATTEMPTS=3) as client:
        assert (await client.request(method, "/proxy/shop/x")).status_code == 502
    assert backend.targets() == ["/base/x"] * times


# Bodies, piece by piece


@dataclass
class Exchange:
    """A request to the application without a client between, that would wait for the whole body."""

    method: str = "GET"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    to_send: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    sent: asyncio.Queue[Message] = field(default_factory=lambda: asyncio.Queue(1))

    def start(self) -> asyncio.Task[None]:
        scope = {
            "type": "http",
            "method": self.method,
            "path": "/proxy/shop/x",
            "query_string": b"",
        }
        return asyncio.create_task(
            APP({**scope, "headers": self.headers}, self.to_send.get, self.sent.put)
        )


def piece(body: bytes, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


GONE: Message = {"type": "http.disconnect"}
CHUNKED = [(b"transfer-encoding", b"chunked")]


async def test_a_request_is_passed_on_while_it_arrives(
    client: AsyncClient, backend: Backend
) -> None:
    exchange = Exchange("POST", CHUNKED)
    task = exchange.start()
    await exchange.to_send.put(piece(b"first"))
    async with asyncio.timeout(5):
        await backend.first_piece.wait()
    await exchange.to_send.put(piece(b"last", more=False))
    assert (await exchange.sent.get())["status"] == 200
    assert backend.asked[0].body == b"firstlast"
    task.cancel()


async def test_an_answer_is_passed_on_while_it_arrives(
    client: AsyncClient, backend: Backend
) -> None:
    go_on = asyncio.Event()

    async def in_two_pieces(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst")
        await go_on.wait()
        writer.write(b"last")
        await writer.drain()

    backend.replies["/base/x"] = in_two_pieces
    exchange = Exchange()
    task = exchange.start()
    async with asyncio.timeout(5):
        assert (await exchange.sent.get())["status"] == 200
        assert (await exchange.sent.get())["body"] == b"first"
        go_on.set()
        assert (await exchange.sent.get())["body"] == b"last"
    task.cancel()


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nfirst",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nfirst\r\n",
    ],
)
async def test_an_answer_that_breaks_off_has_no_end(
    client: AsyncClient, backend: Backend, reply: bytes
) -> None:
    backend.replies["/base/x"] = reply
    exchange = Exchange()
    exchange.sent = asyncio.Queue()
    await exchange.start()
    sent = [exchange.sent.get_nowait() for _ in range(exchange.sent.qsize())]
    assert [message.get("body") for message in sent] == [None, b"first"]
    assert sent[-1]["more_body"]


async def test_no_more_is_read_than_the_client_takes_and_nothing_after_it_left(
    client: AsyncClient, backend: Backend
) -> None:
    backend.replies["/base/x"] = send_for_ever
    exchange = Exchange()
    task = exchange.start()
    for _ in range(3):
        await exchange.sent.get()
    await exchange.to_send.put(GONE)
    async with asyncio.timeout(5):
        while not task.done():
            await asyncio.sleep(0)
            if not exchange.sent.empty():
                exchange.sent.get_nowait()
        await until(lambda: not backend.at_work)


async def test_an_answer_may_take_longer_than_a_request(gateway: Start, backend: Backend) -> None:
    async def slowly(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
        for _ in range(4):
            await asyncio.sleep(0.1)
            writer.write(b"x")
            await writer.drain()

    backend.replies["/base/x"] = slowly
    async with gateway(REQUEST_TIMEOUT=0.2) as client:
        assert (await client.get("/proxy/shop/x")).content == b"xxxx"


async def test_so_may_a_request_whose_pieces_keep_coming(gateway: Start, backend: Backend) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(4):
            await asyncio.sleep(0.1)
            yield b"x"

    async with gateway(REQUEST_TIMEOUT=0.2):
        exchange = Exchange("POST", CHUNKED)
        task = exchange.start()
        async for each in slowly():
            await exchange.to_send.put(piece(each))
        await exchange.to_send.put(piece(b"", more=False))
        assert (await exchange.sent.get())["status"] == 200
        task.cancel()


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_too_large_is_refused(
    gateway: Start, backend: Backend, announced: bool
) -> None:
    async with gateway(PROXY_MAX_BODY=4, MAX_BODY_SIZE=2) as client:

        async def chunks() -> AsyncIterator[bytes]:
            yield b"12345"

        body: Any = b"12345" if announced else chunks()
        assert (await client.post("/proxy/shop/x", content=body)).status_code == 413
        assert (await client.post("/proxy/shop/x", content=b"1234")).status_code == 200


async def test_a_client_that_leaves_while_it_sends_is_no_fault_of_the_server(
    client: AsyncClient, backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = Exchange("POST", CHUNKED)
    task = exchange.start()
    await exchange.to_send.put(piece(b"first"))
    await exchange.to_send.put(GONE)
    assert (await exchange.sent.get())["status"] == 499
    task.cancel()
    assert "unhandled error" not in caplog.text


async def test_clients_that_leave_free_their_connections(gateway: Start, backend: Backend) -> None:
    answer_now = asyncio.Event()

    async def later(writer: asyncio.StreamWriter) -> None:
        await answer_now.wait()
        writer.write(http(200, b"late"))

    backend.replies["/base/x"] = later
    async with gateway(HTTP_MAX_CONNECTIONS=100) as client:
        exchanges = [Exchange() for _ in range(100)]
        tasks = [each.start() for each in exchanges]
        async with asyncio.timeout(10):
            await until(lambda: len(backend.asked) == 100)
            for leaving in exchanges[:50]:
                await leaving.to_send.put(GONE)
                assert (await leaving.sent.get())["status"] == 499
            others = await asyncio.gather(*(client.get("/proxy/shop/y") for _ in range(50)))
            answer_now.set()
            for staying in exchanges[50:]:
                assert (await staying.sent.get())["status"] == 200
                assert (await staying.sent.get())["body"] == b"late"
        assert [each.status_code for each in others] == [200] * 50
        for task in tasks:
            task.cancel()


# The circuit breaker


async def test_a_service_that_keeps_failing_is_left_alone_until_it_answers(
    gateway: Start, backend: Backend
) -> None:
    backend.replies["/base/x"] = http(503)
    async with gateway(SERVICE_MAX_FAILURES=2, SERVICE_PAUSE=0.2) as client:

        async def status() -> int:
            answer: Response = await client.get("/proxy/shop/x")
            return answer.status_code

        assert [await status() for _ in range(4)] == [503] * 4
        assert len(backend.asked) == 2
        await asyncio.sleep(0.25)
        assert [await status() for _ in range(2)] == [503] * 2  # one try, which fails
        assert len(backend.asked) == 3
        await asyncio.sleep(0.25)
        backend.replies.clear()
        assert [await status() for _ in range(3)] == [200] * 3
        backend.replies["/base/x"] = http(503)
        assert [await status() for _ in range(2)] == [503] * 2
    assert len(backend.asked) == 8


@pytest.mark.parametrize("reply", [http(404), http(429), http(500), http(200)])
async def test_a_service_that_works_is_not_left_alone(
    gateway: Start, backend: Backend, reply: bytes
) -> None:
    backend.replies["/base/x"] = reply
    async with gateway(SERVICE_MAX_FAILURES=1) as client:
        for _ in range(3):
            await client.get("/proxy/shop/x")
    assert len(backend.asked) == 3


@pytest.mark.parametrize("reply", [http(502), http(504), hang, hang_up, b"no HTTP\r\n\r\n"])
async def test_one_that_fails_in_any_way_is(
    gateway: Start, backend: Backend, reply: bytes | Reply
) -> None:
    backend.replies["/base/x"] = reply
    async with gateway(SERVICE_MAX_FAILURES=1, HTTP_TIMEOUT=0.1) as client:
        for _ in range(3):
            await client.get("/proxy/shop/x")
    assert len(backend.asked) == 1


async def test_a_client_that_leaves_says_nothing_about_the_service(
    gateway: Start, backend: Backend
) -> None:
    backend.replies |= {"/base/hang": hang, "/base/x": http(503)}
    async with gateway(SERVICE_MAX_FAILURES=2) as client:
        await client.get("/proxy/shop/x")
        leaving = asyncio.create_task(client.get("/proxy/shop/hang"))
        await until(lambda: len(backend.asked) == 2)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await client.get("/proxy/shop/x")
        await client.get("/proxy/shop/x")
    assert len(backend.asked) == 3


async def test_other_services_are_not_left_alone(
    app: App, backend: Backend, unused_tcp_port: int
) -> None:
    down = {"url": f"http://127.0.0.1:{unused_tcp_port}"}
    services = {"down": down, "shop": {"url": backend.url}}
    async with app(SERVICES=services, SERVICE_MAX_FAILURES=1, HTTP_ATTEMPTS=1) as client:
        assert (await client.get("/proxy/down/x")).status_code == 503
        assert (await client.get("/proxy/shop/x")).status_code == 200


async def test_refusals_keep_no_requests() -> None:
    class Failing(AsyncBaseTransport):
        async def handle_async_request(self, request: Request) -> Response:
            return Response(503)

    async with AsyncClient(transport=Breakers(Failing(), 1, 60)) as client:
        await client.get("http://service")
        refusals = []
        for _ in range(3):
            with pytest.raises(CircuitOpen) as refused:
                await client.get("http://service")
            refusals.append(refused.value.__cause__)
    assert refusals[0] is refusals[-1]
    assert refusals[0] is not None
    assert refusals[0].__traceback__ is None


# The cache


async def twice(client: AsyncClient, backend: Backend, **options: Any) -> int:
    """The times that the service was asked."""
    for _ in range(2):
        await client.get("/proxy/shop/x", **options)
    return len(backend.asked)


@pytest.mark.parametrize(
    ("allowed", "times"),
    [("max-age=60", 1), ("no-store", 2), ("private, max-age=60", 2), ("no-cache", 2)],
)
async def test_an_answer_is_kept_if_its_service_allows_it(
    client: AsyncClient, backend: Backend, allowed: str, times: int
) -> None:
    backend.replies["/base/x"] = http(200, b"kept", f"Cache-Control: {allowed}")
    assert await twice(client, backend) == times


async def test_what_is_kept_is_answered_while_the_service_is_down(
    gateway: Start, backend: Backend
) -> None:
    backend.replies |= {
        "/base/x": http(200, b"kept", "Cache-Control: max-age=60"),
        "/base/y": http(503),
    }
    async with gateway(SERVICE_MAX_FAILURES=1) as client:
        await client.get("/proxy/shop/x")
        await client.get("/proxy/shop/y")
        answer = await client.get("/proxy/shop/x")
        assert (answer.status_code, answer.content) == (200, b"kept")
        assert (await client.get("/proxy/shop/other")).status_code == 503


async def test_answers_of_a_service_that_knows_its_users_are_not_kept(
    gateway: Start, backend: Backend
) -> None:
    backend.replies["/base/x"] = http(200, b"mine", "Cache-Control: max-age=60")
    async with gateway({"credentials": True}) as client:
        assert await twice(client, backend, headers={"Cookie": "user=1"}) == 2


async def test_an_answer_that_is_too_large_is_not_kept(
    client: AsyncClient, backend: Backend
) -> None:
    large = b"x" * (MAX_CACHED_ANSWER + 1)
    backend.replies["/base/x"] = http(200, large, "Cache-Control: max-age=60")
    assert await twice(client, backend) == 2


async def test_of_one_address_the_variants_are_kept_that_vary_names(
    client: AsyncClient, backend: Backend
) -> None:
    backend.replies["/base/x"] = http(
        200, b"a", "Cache-Control: max-age=60", "Vary: Accept-Language"
    )
    for language in ("de", "fr", "de", "fr"):
        await client.get("/proxy/shop/x", headers={"Accept-Language": language})
    assert [asked.all("accept-language") for asked in backend.asked] == [["de"], ["fr"]]


async def test_an_answer_that_must_be_asked_for_again_is_sent_once(
    client: AsyncClient, backend: Backend
) -> None:
    kept = http(200, b"kept", "Cache-Control: no-cache", 'ETag: "1"')
    backend.replies["/base/x"] = kept
    await client.get("/proxy/shop/x")
    backend.replies["/base/x"] = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nX-New: 1\r\n\r\n'
    for _ in range(2):
        answer = await client.get("/proxy/shop/x")
        assert (answer.status_code, answer.content) == (200, b"kept")
        assert answer.headers["X-New"] == "1"
    assert [asked.all("if-none-match") for asked in backend.asked] == [[], ['"1"'], ['"1"']]


async def test_a_change_makes_what_was_kept_old(client: AsyncClient, backend: Backend) -> None:
    backend.replies["/base/x"] = http(200, b"kept", "Cache-Control: max-age=60")
    await client.get("/proxy/shop/x")
    await client.post("/proxy/shop/x", content=b"change")
    await client.get("/proxy/shop/x")
    assert [asked.line.split()[0] for asked in backend.asked] == ["GET", "POST", "GET"]


async def answer_kept(memory: Memory, url: str, body: bytes) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield body

    entry = await memory.create_entry(Kept("GET", url), KeptAnswer(200, stream=stream()), url)
    assert [piece async for piece in entry.response.stream] == [body]  # type: ignore[union-attr]


async def test_what_nobody_has_asked_for_longest_makes_room() -> None:
    memory = Memory(3 * ENTRY_SIZE, 10)
    for url in ("a", "b"):
        await answer_kept(memory, url, b"x")
    await memory.get_entries("a")
    await answer_kept(memory, "c", b"x")
    assert [len(await memory.get_entries(url)) for url in ("a", "b", "c")] == [1, 0, 1]


async def test_of_one_address_only_the_newest_variants_are_kept() -> None:
    memory = Memory(100 * ENTRY_SIZE, 10)
    for number in range(VARIANTS + 2):
        await answer_kept(memory, "a", str(number).encode())
    kept = await memory.get_entries("a")
    assert [each.body for each in memory.kept["a"]][:2] == [b"5", b"4"]
    assert len(kept) == VARIANTS


async def test_what_is_removed_is_not_found_any_more() -> None:
    memory = Memory(100 * ENTRY_SIZE, 10)
    await answer_kept(memory, "a", b"1")
    await answer_kept(memory, "a", b"2")
    newest, older = await memory.get_entries("a")
    await memory.remove_entry(newest.id)
    assert [each.id for each in await memory.get_entries("a")] == [older.id]


# Settings and documentation


@pytest.mark.parametrize(
    "services",
    [
        {"a/b": {"url": "http://shop"}},
        {"": {"url": "http://shop"}},
        {"shop": {"url": "http://shop/?a=1"}},
        {"shop": {"url": "http://shop/#a"}},
        {"shop": {"url": "ftp://shop"}},
        {"shop": {"url": "http://shop", "methods": ["CONNECT"]}},
        {"shop": {"url": "http://shop", "method": ["GET"]}},
    ],
)
def test_a_service_that_cannot_be_meant_is_refused(services: Any) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(SERVICES=services)


def test_a_service_is_only_read_unless_it_is_said() -> None:
    assert Service(url="http://shop").methods == {"GET", "HEAD"}  # type: ignore[arg-type]


async def test_the_documentation_has_an_operation_for_each_method(
    async_client: AsyncClient,
) -> None:
    found = await operations(async_client)
    assert {name for name in found if name.startswith("forward_")} == {
        f"forward_{method.lower()}" for method in EVERY_METHOD
    }
    assert "requestBody" in found["forward_post"]
    assert {"400", "404", "405", "413", "502", "default"} <= (await statuses(async_client))[
        "proxy_item"
    ]
