"""What the endpoints share: heavy work, the pool of processes for it, and a stopwatch."""

import logging
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a new process of the pool imports this module, so it loads little
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from app.schemas import Performance

PROCESSES = 2

logger = logging.getLogger("uvicorn.error")  # uvicorn prints what is logged here


def cpu_intensive_task(n: int) -> int:
    """Keep a processor busy for a few milliseconds times `n`."""
    result = 0
    for i in range(n * 100_000):
        result += i
    return result


def open_process_pool() -> ProcessPoolExecutor:
    """The one pool of this application: starting a process takes longer than most tasks."""
    pool = ProcessPoolExecutor(PROCESSES, get_context("spawn"), belong_to_server)
    for _ in range(PROCESSES):  # so that they are there before the first request
        pool.submit(cpu_intensive_task, 0)
    return pool


def belong_to_server() -> None:
    """Leave Ctrl-C to the server, and end with it, even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=end_with_server, daemon=True).start()


def end_with_server() -> None:
    if server := parent_process():
        server.join()
        os._exit(1)


class PerformanceMiddleware:
    """Count the requests under way, and add the seconds until a response began: X-Process-Time.

    This is plain ASGI: `@app.middleware("http")` is slower and stops counting when a stream
    begins. All requests run on one event loop, so the counters need no lock.
    """

    def __init__(self, app: "ASGIApp", performance: "Performance") -> None:
        self.app = app
        self.performance = performance

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begin = time.perf_counter()

        async def send_with_time(message: "Message") -> None:
            if message["type"] == "http.response.start":
                took = f"{time.perf_counter() - begin:.6f}".encode()
                message["headers"] = [*message["headers"], (b"x-process-time", took)]
            await send(message)

        counts = self.performance
        counts.request_count += 1
        counts.concurrent_requests += 1
        counts.max_concurrent = max(counts.max_concurrent, counts.concurrent_requests)
        try:
            await self.app(scope, receive, send_with_time)
        finally:
            counts.concurrent_requests -= 1
