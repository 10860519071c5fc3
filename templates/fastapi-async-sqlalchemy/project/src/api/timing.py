"""How long the parts of a request take, told in the header Server-Timing; browsers show it."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from src.api.errors import Responses

T = TypeVar("T")

TIMED: Responses = {
    200: {
        "headers": {
            "Server-Timing": {
                "description": "Milliseconds: user;dur=1.2, posts;dur=1.4, total;dur=1.6",
                "schema": {"type": "string"},
            }
        }
    }
}


class Timing:
    def __init__(self) -> None:
        self._begin = time.perf_counter()
        self._notes: list[str] = []

    def of(self, name: str, work: Callable[[], Awaitable[T]]) -> Callable[[], Awaitable[T]]:
        """The same work, timed."""

        async def timed() -> T:
            begin = time.perf_counter()
            try:
                return await work()
            finally:
                self._note(name, begin)

        return timed

    def headers(self) -> dict[str, str]:
        self._note("total", self._begin)
        return {"Server-Timing": ", ".join(self._notes)}

    def _note(self, name: str, begin: float) -> None:
        self._notes.append(f"{name};dur={(time.perf_counter() - begin) * 1000:.2f}")
