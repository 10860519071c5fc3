"""The feature gateway against a tutorial's proxy, which makes a client for each request, and against nginx.

    python tests/benchmarks/gateways.py [--python PATH] [--rounds 5]

All pass on the same small JSON of one service behind them, which counts the connections that it gets.
nginx, where it is installed, is the limit: one process, connections kept. `monitor` is the gateway with it.
The servers have the first core, wrk and the service the last; slices of five seconds take turns in another
order each round, and a ratio is the median of the ratios within the rounds.
"""

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table
from rivals import environment
from services import Service, dependencies, our_project, serving

HERE = Path(__file__).parent / "services" / "gateways"
NEEDED = ("jobs", "external-data", "gateway")
CONNECTIONS = 32
SECONDS = 5
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}

NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream shop {{ server {backend}; keepalive 32; }}
  server {{
    listen 127.0.0.1:{port};
    location /proxy/ {{
      proxy_pass http://shop/items/; proxy_http_version 1.1; proxy_set_header Connection "";
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Slice:
    """A load of some seconds; `p99` is in milliseconds, `memory` in MiB after it."""

    answers_per_s: float
    p99: float
    connections: int
    memory: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    room = Path(tempfile.mkdtemp(prefix="fastkit-bench-"))
    with ExitStack() as stack:
        backend = stack.enter_context(served_backend())
        fronts = {
            service.name: stack.enter_context(serving(service))
            for service in services(room, arguments.python, backend)
        }
        if nginx := shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"):
            fronts["nginx"] = stack.enter_context(served_nginx(nginx, room, backend))
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        samples = measure(fronts, backend, arguments.rounds)
    show(samples)
    shutil.rmtree(room)


def services(room: Path, python: str, backend: str) -> Iterator[Service]:
    known = {"shop": {"url": backend}}
    # `serving` puts the name of a database into braces.
    known_services = json.dumps(known).replace("{", "{{").replace("}", "}}")
    settings = {"SERVICES": known_services, "SHOP": backend, "LOG_LEVEL": "WARNING"}
    for name, features in {"gateway": NEEDED, "monitor": (*NEEDED, "monitor")}.items():
        (room / name).mkdir()
        project = our_project(room / name, *features)
        used = environment(room, f"{name}-env", python, *dependencies(project))
        yield Service(name, project, used, "src.main:app", "/proxy/", "", "/live", settings)
    shutil.copytree(HERE, room / "seed")
    theirs = environment(room, "seed-env", python, "fastapi", "uvicorn[standard]", "httpx")
    yield Service("seed", room / "seed", theirs, "seed:app", "/proxy/", "", "/live", settings)


@contextmanager
def served_backend() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, HERE / "backend.py"], stdout=subprocess.PIPE, text=True)
    os.sched_setaffinity(process.pid, {max(os.sched_getaffinity(0))})
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


@contextmanager
def served_nginx(program: str, room: Path, backend: str) -> Iterator[str]:
    folder = room / "nginx"
    folder.mkdir()
    port = 18_000 + os.getpid() % 1000
    configuration = NGINX.format(folder=folder, backend=backend.removeprefix("http://"), port=port)
    (folder / "nginx.conf").write_text(configuration)
    process = subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf"])
    os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})
    time.sleep(0.5)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def measure(fronts: dict[str, str], backend: str, rounds: int) -> dict[str, list[Slice]]:
    samples: dict[str, list[Slice]] = {name: [] for name in fronts}
    for number in range(rounds + 1):
        for name in random.sample([*fronts], len(fronts)):
            before = connections(backend)
            rate, p99 = load(f"{fronts[name]}/proxy/1")
            if number:
                opened = connections(backend) - before
                samples[name].append(Slice(rate, p99, opened, memory(fronts[name])))
    return samples


def load(url: str) -> tuple[float, float]:
    """Answers a second, and the p99 in milliseconds."""
    words = ["wrk", "--latency", "--timeout=30s", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", url]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(told)
    rate = re.search(r"Requests/sec: +([\d.]+)", told)
    p99 = re.search(r"99% +([\d.]+)(us|ms|s)", told)
    assert rate
    assert p99
    return float(rate[1]), float(p99[1]) * UNITS[p99[2]]


def connections(backend: str) -> int:
    with urlopen(f"{backend}/connections") as answer:
        return int(answer.read())


def memory(url: str) -> float:
    """Of the process that listens there."""
    port = url.rpartition(":")[2]
    found = subprocess.run(["ss", "-ltnpH", f"sport = :{port}"], capture_output=True, text=True, check=True)
    pid = re.search(r"pid=(\d+)", found.stdout)
    assert pid
    [line] = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid[1]}/status").read_text())
    return int(line) / 1024


def show(samples: dict[str, list[Slice]]) -> None:
    table = Table("", "answers/s", "of seed", "of nginx", "p99 ms", "connections", "MiB")
    for name, taken in samples.items():
        table.add_row(
            name,
            f"{statistics.median(each.answers_per_s for each in taken):.0f}",
            ratio(taken, samples["seed"]),
            ratio(taken, samples.get("nginx", [])),
            f"{statistics.median(each.p99 for each in taken):.1f}",
            f"{statistics.median(each.connections for each in taken):.0f}",
            f"{statistics.median(each.memory for each in taken):.0f}",
        )
    Console(width=100).print(table)


def ratio(ours: list[Slice], theirs: list[Slice]) -> str:
    found = [a.answers_per_s / b.answers_per_s for a, b in zip(ours, theirs, strict=False)]
    return f"{statistics.median(found):.2f}" if found else ""


if __name__ == "__main__":
    main()
