"""What has to end before the server waits for open answers, as those without an end never would."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def called_at_the_signal(to_end: Callable[[], None]) -> Iterator[None]:
    """Call a function at the first signal to end, and then whatever would have been called.

    The end of the lifespan would be too late: the server waits for its last answer before that.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # in a test, for instance: Python gives signals to the main thread alone
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def heard(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(to_end)
        restore()
        signal.raise_signal(number)

    for number in before:
        signal.signal(number, heard)
    try:
        yield
    finally:
        restore()
