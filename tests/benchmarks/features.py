"""The features streaming and compute against what people write first, in the same application.

    python tests/benchmarks/features.py [--python PATH] [--records 1000000] [--rounds 5]

Exports: JSON Lines of a SQLite table, each by a server of its own, whose peak of memory it is. Reads:
`wrk -c8` asks for one item, while four clients ask for a Fibonacci number again and again.
"""

import argparse
import os
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table
from rivals import environment
from services import Service, dependencies, our_project, serving

SIMPLE = Path(__file__).parent / "services" / "ours" / "simple.py"
EXPORTS = {"streaming": "/exports/items.jsonl", "a list": "/simple/items.jsonl"}
COMPUTATIONS = {
    "none": "",
    "compute": "/fibonacci/27",
    "ProcessPoolExecutor": "/simple/executor/27",
    "def": "/simple/thread/27",
    "async def": "/simple/inline/27",
}
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO items (version, name, description, price)
SELECT 1, 'Item ' || i, 'What it is ' || i, i % 1000 + 0.5 FROM n
"""


@dataclass(frozen=True)
class Export:
    first_ms: float
    seconds: float
    mib: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    room = Path(tempfile.mkdtemp(prefix="fastkit-bench-"))
    service = made(room, arguments.python, arguments.records)
    console = Console(width=100)
    table = Table("export", "first byte, ms", "all, s", "memory, MiB more", title_justify="left")
    for name, path in EXPORTS.items():
        export = exported(service, path)
        table.add_row(name, f"{export.first_ms:.0f}", f"{export.seconds:.1f}", f"{export.mib:.0f}")
    console.print(table)
    table = Table(
        "computations beside", "reads/s", "p50 ms", "p99 ms", "computations/s", title_justify="left"
    )
    for name, path in COMPUTATIONS.items():
        rounds = [reads_beside(service, path) for _ in range(arguments.rounds)]
        table.add_row(name, *(f"{statistics.median(each):.1f}" for each in zip(*rounds, strict=True)))
    console.print(table)
    shutil.rmtree(room)


def made(room: Path, python: str, records: int) -> Service:
    project = our_project(room, "streaming", "compute")
    shutil.copy(SIMPLE, project)
    used = environment(room, "ours-env", python, *dependencies(project))
    service = Service(
        "ours", project, used, "simple:app", "/items/", "skip", "/health", {"LOG_LEVEL": "WARNING"}
    )
    with serving(service):
        pass  # which makes the tables
    with sqlite3.connect(project / "data/app.db") as database:
        database.execute(FILL, [records])
    return service


def exported(service: Service, path: str) -> Export:
    with server_of(service) as (url, process):
        before = memory(process, "VmRSS")
        begin = time.perf_counter()
        with urlopen(url + path, timeout=600) as answer:
            answer.read(1)
            first = time.perf_counter() - begin
            while answer.read(2**20):
                pass
        seconds = time.perf_counter() - begin
        return Export(first * 1000, seconds, memory(process, "VmHWM") - before)


@contextmanager
def server_of(service: Service) -> Iterator[tuple[str, int]]:
    """A server and the id of its process."""
    process = None
    try:
        with serving(service) as url:
            port = url.rpartition(":")[2]
            found = subprocess.run(
                ["pgrep", "-f", f"uvicorn.*--port={port}"], capture_output=True, check=True
            )
            process = int(found.stdout.split()[0])
            yield url, process
    finally:
        if process:  # workers of ProcessPoolExecutor, which nobody has told to end
            with suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)


def memory(process: int, kind: str) -> float:
    """MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(rf"{kind}:\s+(\d+) kB", status)[0]) / 1024


def reads_beside(service: Service, path: str) -> tuple[float, float, float, float]:
    """Reads in a second, their p50 and p99 in milliseconds, and computations in a second."""
    seconds = 4
    with server_of(service) as (url, _):
        done = [0]
        over = threading.Event()

        def compute() -> None:
            while not over.is_set():
                urlopen(url + path, timeout=60).read()
                done[0] += 1

        clients = [threading.Thread(target=compute) for _ in range(4 if path else 0)]
        for client in clients:
            client.start()
        wrk = ["wrk", "-t1", "-c8", f"-d{seconds}s", "--latency", f"{url}/items/1"]
        told = subprocess.run(wrk, capture_output=True, text=True, check=True).stdout
        computed = done[0] / seconds
        over.set()
        for client in clients:
            client.join()
    [rate] = re.findall(r"Requests/sec:\s+([\d.]+)", told)
    times = dict(re.findall(r"(\d+)%\s+([\d.]+\w+)", told))
    return float(rate), in_ms(times["50"]), in_ms(times["99"]), computed


def in_ms(text: str) -> float:
    for unit, factor in (("us", 0.001), ("ms", 1), ("s", 1000)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    raise ValueError(text)


if __name__ == "__main__":
    main()
