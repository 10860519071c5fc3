"""Whether the worker in this container is alive: python -m src.worker_alive

Its event loop touches a file every few seconds.
"""

import sys
import tempfile
import time
from pathlib import Path

FILE = Path(tempfile.gettempdir()) / "worker-alive"
TOUCH_EVERY_S = 5.0
DEAD_AFTER_S = 60.0


async def touch() -> None:
    FILE.touch()


def is_alive() -> bool:
    return FILE.exists() and time.time() - FILE.stat().st_mtime < DEAD_AFTER_S


if __name__ == "__main__":
    sys.exit(0 if is_alive() else "the worker is not alive")
