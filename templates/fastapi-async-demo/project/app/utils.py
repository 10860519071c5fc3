"""What the endpoints share: heavy work, the pool of processes for it, and a stopwatch.

Each process of the pool imports this module, so it imports little itself.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PROCESSES = 2

logger = logging.getLogger("uvicorn.error")  # uvicorn prints what is logged here

performance = {"request_count": 0, "concurrent_requests": 0, "max_concurrent": 0}


def cpu_intensive_task(n: int) -> int:
    """Keep a processor busy for a few milliseconds times `n`."""
    result = 0
    for i in range(n * 100_000):
        result += i
    return result


@contextmanager
def open_process_pool() -> Iterator[ProcessPoolExecutor]:
    """Open one pool for the application: starting a process takes longer than most tasks."""
    pool = ProcessPoolExecutor(PROCESSES, get_context("spawn"), belong_to_server)
    try:
        with without_ctrl_c():
            for _ in range(PROCESSES):  # so that they are there before the first request
                pool.submit(cpu_intensive_task, 0)
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def without_ctrl_c() -> Iterator[None]:
    """Hold Ctrl-C back. A process that starts meanwhile inherits that, and never sees it."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def belong_to_server() -> None:
    """Leave Ctrl-C to the server, and end with it, even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=end_with_server, daemon=True).start()


def end_with_server() -> None:
    if server := parent_process():
        server.join()
        os._exit(1)


class PerformanceMiddleware:
    """Count the requests, and say in X-Process-Time how long each response took to begin.

    This is plain ASGI: `@app.middleware("http")` is slower and stops counting when a stream
    begins. All requests run on one event loop, so the counters need no lock.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begin = time.perf_counter()

        async def send_with_time(message: Message) -> None:
            if message["type"] == "http.response.start":
                took = f"{time.perf_counter() - begin:.6f}".encode()
                message["headers"] = [*message["headers"], (b"x-process-time", took)]
            await send(message)

        under_way = performance["concurrent_requests"] + 1
        performance["request_count"] += 1
        performance["concurrent_requests"] = under_way
        performance["max_concurrent"] = max(performance["max_concurrent"], under_way)
        try:
            await self.app(scope, receive, send_with_time)
        finally:
            performance["concurrent_requests"] -= 1
