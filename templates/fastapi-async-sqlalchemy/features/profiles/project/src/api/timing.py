"""How long the parts of a request take, for the header Server-Timing, which browsers show."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


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

    def header(self) -> str:
        self._note("total", self._begin)
        return ", ".join(self._notes)

    def _note(self, name: str, begin: float) -> None:
        self._notes.append(f"{name};dur={(time.perf_counter() - begin) * 1000:.2f}")
