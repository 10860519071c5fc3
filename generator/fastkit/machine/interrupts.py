"""Turns signals into one interrupt, and holds them back for moments that must not be disturbed."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")
    if hasattr(signal, name)
]

AT_ONCE = 1.0
"""Seconds in which a second signal counts as the first, so that it does not stop a clean-up."""

last = 0.0


def interrupt_on_signals() -> None:
    """Treat each of them as Ctrl-C, unless fastkit was started with it ignored (`nohup`)."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)


def interrupt(number: int, frame: object) -> None:
    global last
    again, last = time.monotonic() - last < AT_ONCE, time.monotonic()
    if not again:
        raise KeyboardInterrupt


def ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back every signal until the block is done."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals interrupt the main thread alone
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in came[:1]:
            signal.raise_signal(number)
