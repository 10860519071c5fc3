"""How many requests there are and how long they take, by route, for Prometheus and for people.

With PROMETHEUS_MULTIPROC_DIR, a folder in which each process of the server keeps its numbers, any
of them answers for all. The variable belongs to the environment and not to .env, as the library
reads it when it is imported.
"""

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
if FOLDER:  # the library needs it to be there when the first number is made
    Path(FOLDER).mkdir(parents=True, exist_ok=True)

from prometheus_client import (  # noqa: E402
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

if FOLDER:  # left by a process that had the same id, in a container often
    multiprocess.mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
OTHER = "other"
UNMATCHED = "unmatched"

# Each value of a label is a series that stays, so no client may choose one.
REQUESTS = Counter("http_requests", "Requests that have ended", ["method", "route", "status"])
SECONDS = Histogram(
    "http_request_duration_seconds",
    "From the arrival of a request to the end of its answer",
    ["method", "route"],
)
IN_FLIGHT = Gauge("http_requests_in_flight", "Requests now", multiprocess_mode="livesum")
MOST_IN_FLIGHT = Gauge(
    "http_requests_in_flight_most",
    "The most requests that one process had at a time",
    multiprocess_mode="max",
)


class Monitor:
    """The outermost middleware: it counts what others refuse, and streams until their end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.now = 0
        self.most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500  # what the server answers if the application does not

        async def reply(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begin = perf_counter()
        self._begin()
        try:
            await self.app(scope, receive, reply)
        finally:
            self._end()
            method = scope["method"] if scope["method"] in METHODS else OTHER
            route = route_of(scope)
            REQUESTS.labels(method, route, str(status)).inc()
            SECONDS.labels(method, route).observe(perf_counter() - begin)

    def _begin(self) -> None:
        self.now += 1
        IN_FLIGHT.inc()
        if self.now > self.most:
            self.most = self.now
            MOST_IN_FLIGHT.set(self.most)

    def _end(self) -> None:
        self.now -= 1
        IN_FLIGHT.dec()


def route_of(scope: Scope) -> str:
    """The path as the route has it, `/items/{item_id}`, and never as the client wrote it."""
    path: str | None = getattr(scope.get("route"), "path", None)
    return UNMATCHED if path is None else path


def registry() -> CollectorRegistry:
    """Of all processes, or of this one, whose memory and processor time are then in it, too."""
    if not FOLDER:
        return REGISTRY
    forget_the_dead(FOLDER)
    together = CollectorRegistry()
    multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def forget_the_dead(folder: str) -> None:
    """Requests that a process had when it died are no longer in flight."""
    for pid in {int(path.stem.rpartition("_")[2]) for path in Path(folder).glob("gauge_live*.db")}:
        if not is_alive(pid):
            with suppress(FileNotFoundError):  # another process was faster
                multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def is_alive(pid: int) -> bool:
    if sys.platform == "win32":  # where signal 0 would end it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def exposition() -> bytes:
    return generate_latest(registry())


@dataclass(frozen=True)
class RouteNumbers:
    method: str
    route: str
    requests: int
    errors: int
    mean_s: float


@dataclass(frozen=True)
class Numbers:
    requests: int
    in_flight: int
    most_in_flight: int
    mean_s: float
    routes: list[RouteNumbers]


def numbers() -> Numbers:
    """Read it in a thread: with several processes, it comes from files."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for metric in registry().collect():
        for sample in metric.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))

    def total(name: str, **labels: str) -> float:
        return sum(v for have, v in found.get(name, ()) if labels.items() <= have.items())

    def mean_s(**labels: str) -> float:
        count = total("http_request_duration_seconds_count", **labels)
        return total("http_request_duration_seconds_sum", **labels) / count if count else 0.0

    ended = found.get("http_requests_total", [])
    found["errors"] = [(labels, value) for labels, value in ended if labels["status"] >= "500"]
    routes = sorted({(labels["route"], labels["method"]) for labels, _ in ended})
    return Numbers(
        requests=int(total("http_requests_total")),
        in_flight=int(total("http_requests_in_flight")),
        most_in_flight=int(total("http_requests_in_flight_most")),
        mean_s=mean_s(),
        routes=[
            RouteNumbers(
                method,
                route,
                int(total("http_requests_total", method=method, route=route)),
                int(total("errors", method=method, route=route)),
                mean_s(method=method, route=route),
            )
            for route, method in routes
        ],
    )
