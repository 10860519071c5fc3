"""The flagship's store against a plain file and against memory, in one interleaved run.

python -m tests.benchmarks.store [--rounds 9] [--items 10 1000 10000] [--kinds read page update]
                                 [--rivals memory plain "without fsync" "without middlewares"]

All servers are up at once on one core, wrk runs on another, and slices of one second take turns in
another order each round. `plain` reads and writes its whole file at each call, with no lock and no fsync;
`memory` is the flagship on a dict that is saved nowhere. Update by `plain` is measured on one
connection alone, since with more of them it spoils its own file.

A ratio is the median of the rounds, since a machine is not as quick at all times, and the range beside it
is the middle half of them: where the goal lies within, take more rounds or a quieter hour. Answers per
second are what a client sees, and what the goals are about. The processor's time for an answer is sturdier
on a busy machine, but leaves out all waiting, as for a disk.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.proofs.flagship import Server, render, serve
from tests.proofs.items import write_items
from tests.proofs.proof import new_room, require, run

STORES = Path(__file__).parent / "stores"
APPS = {
    "flagship": "src.main:app",
    "memory": "memory:app",
    "plain": "plain:app",
    "without fsync": "without_fsync:app",
    "without middlewares": "without_middlewares:app",
}
MANY = 32


@dataclass(frozen=True)
class Load:
    """What wrk asks for: `kind` is a request of requests.lua."""

    kind: str
    items: int
    connections: int = MANY

    def __str__(self) -> str:
        return f"{self.kind}, {self.items:,} items, {self.connections} connections"


@dataclass(frozen=True)
class Slice:
    """One second of a load on a server; the times are in microseconds."""

    answers_per_s: float
    failed: int
    p50: float
    p99: float
    cpu_per_answer: float


@dataclass(frozen=True)
class Goal:
    """That the flagship gives at least `ratio` times as many answers as `rival`."""

    load: Load
    rival: str
    ratio: float | None


GOALS = [
    *(Goal(Load("read", items), "memory", 0.9) for items in (10, 1000, 10_000)),
    *(Goal(Load("page", items), "memory", 0.9) for items in (1000, 10_000)),
    Goal(Load("update", 10), "memory", None),
    Goal(Load("update", 1000), "memory", 0.5),
    Goal(Load("update", 10_000), "memory", 0.25),
    Goal(Load("read", 10_000), "plain", 40),
    Goal(Load("update", 10, connections=1), "plain", None),
    Goal(Load("update", 1000, connections=1), "plain", 2.5),
    Goal(Load("update", 10_000, connections=1), "plain", 10),
    *(Goal(Load("read", items), "without middlewares", None) for items in (10, 1000, 10_000)),
    *(
        Goal(Load("update", items, connections), "without fsync", None)
        for items in (1000, 10_000)
        for connections in (1, MANY)
    ),
]

KINDS = sorted({goal.load.kind for goal in GOALS})
RIVALS = sorted({goal.rival for goal in GOALS})

Samples = dict[tuple[str, Load], list[Slice]]


def main() -> None:
    arguments = parse()
    require(bool(shutil.which("wrk")), "there is no `wrk`: apt-get install wrk")
    goals = chosen(arguments)
    require(bool(goals), "no goal is of these items, kinds and rivals")
    with new_room() as room, servers(room, goals) as running:
        samples = measure(running, goals, arguments.rounds)
        flushes = fsync_ms(room / "probe")
    report(samples, goals)
    print(f"fsync of a small file there: p50 {flushes[49]:.2f} ms, p99 {flushes[98]:.2f} ms")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="at least 2")
    add = partial(parser.add_argument, nargs="+")
    add("--items", type=int, default=[10, 1000, 10_000])
    add("--kinds", choices=KINDS, default=KINDS)
    add("--rivals", choices=RIVALS, default=RIVALS)
    return parser.parse_args()


def chosen(arguments: argparse.Namespace) -> list[Goal]:
    return [
        goal
        for goal in GOALS
        if goal.load.items in arguments.items
        and goal.load.kind in arguments.kinds
        and goal.rival in arguments.rivals
    ]


@contextmanager
def servers(room: Path, goals: Sequence[Goal]) -> Iterator[dict[tuple[str, int], Server]]:
    """One for each application and number of items, all of them up."""
    project = render(room)
    first_core = min(os.sched_getaffinity(0))
    wanted = {(name, goal.load.items) for goal in goals for name in ("flagship", goal.rival)}
    with ExitStack() as stack:
        running = {}
        for name, items in sorted(wanted):
            data_file = write_items(room / f"{name}-{items}" / "items.json", items)
            own = f"--app-dir={STORES}"
            serving = serve(project, data_file, own, app=APPS[name], PYTHONPATH=str(project))
            running[name, items] = server = stack.enter_context(serving)
            os.sched_setaffinity(server.process.pid, {first_core})
        for server in running.values():
            with server.client() as client:
                require(client.get("/items/1").status_code == 200, server.log.read_text())
        yield running


def measure(running: dict[tuple[str, int], Server], goals: Sequence[Goal], rounds: int) -> Samples:
    """After one round that does not count; what is compared is measured one right after the other."""
    rivals: dict[Load, set[str]] = {}
    for goal in goals:
        rivals.setdefault(goal.load, {"flagship"}).add(goal.rival)
    samples: Samples = {(name, load): [] for load, names in rivals.items() for name in names}
    for number in track(range(rounds + 1), description="Rounds", transient=True):
        for load in random.sample(list(rivals), len(rivals)):
            for name in random.sample(sorted(rivals[load]), len(rivals[load])):
                taken = one_slice(running[name, load.items], load)
                if number:
                    samples[name, load].append(taken)
    return samples


def one_slice(server: Server, load: Load) -> Slice:
    core = max(os.sched_getaffinity(0))
    script = [f"--script={STORES / 'requests.lua'}", server.url, "--", load.kind, str(load.items)]
    before = processor_seconds(server)
    done = subprocess.run(
        ["taskset", "-c", str(core), "wrk", "-t1", f"-c{load.connections}", "-d1s", *script],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    cpu = processor_seconds(server) - before
    answers, seconds = max(told["answers"], 1), told["microseconds"] / 1e6
    return Slice(answers / seconds, told["failed"], told["p50_us"], told["p99_us"], cpu * 1e6 / answers)


def processor_seconds(server: Server) -> float:
    """Of all threads, in the kernel too: the first figure of schedstat, in nanoseconds."""
    threads = Path(f"/proc/{server.process.pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def fsync_ms(file: Path) -> list[float]:
    """The 99 percentiles of what it takes to write 100 bytes and have them on the disk."""
    taken = []
    with file.open("wb") as opened:
        for _ in range(500):
            opened.write(bytes(100))
            opened.flush()
            begin = time.perf_counter()
            os.fsync(opened.fileno())
            taken.append((time.perf_counter() - begin) * 1000)
    return statistics.quantiles(taken, n=100)


def report(samples: Samples, goals: Sequence[Goal]) -> None:
    console = Console(width=130)
    console.print(medians(samples))
    console.print(ratios(samples, goals))
    failed = {str(load): name for (name, load), slices in samples.items() if any(s.failed for s in slices)}
    console.print(f"loads with answers that failed: {failed or 'none'}")


def medians(samples: Samples) -> Table:
    table = Table(title="Medians", title_justify="left")
    table.add_column("load")
    table.add_column("server")
    for header in ("answers/s", "p50 ms", "p99 ms", "CPU µs/answer"):
        table.add_column(header, justify="right")
    for (name, load), slices in sorted(samples.items(), key=lambda sample: (str(sample[0][1]), sample[0][0])):
        cells = [
            f"{median(slices, 'answers_per_s'):.0f}",
            f"{median(slices, 'p50') / 1000:.2f}",
            f"{median(slices, 'p99') / 1000:.2f}",
            f"{median(slices, 'cpu_per_answer'):.0f}",
        ]
        table.add_row(str(load), name, *cells)
    return table


def ratios(samples: Samples, goals: Sequence[Goal]) -> Table:
    table = Table(title="The flagship, measured by its rival (above 1 it is better)", title_justify="left")
    for header in ("load", "rival", "by answers/s", "by CPU/answer", "goal", ""):
        table.add_column(header)
    for goal in goals:
        pairs = list(zip(samples["flagship", goal.load], samples[goal.rival, goal.load], strict=True))
        answers = Ratio.of([ours.answers_per_s / theirs.answers_per_s for ours, theirs in pairs])
        cpu = Ratio.of([theirs.cpu_per_answer / ours.cpu_per_answer for ours, theirs in pairs])
        table.add_row(
            str(goal.load), goal.rival, f"{answers}", f"{cpu}", f"{goal.ratio or ''}", verdict(goal, answers)
        )
    return table


@dataclass(frozen=True)
class Ratio:
    """The median of the rounds, and the middle half of them."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, rounds: Sequence[float]) -> "Ratio":
        return cls(*statistics.quantiles(rounds, n=4, method="inclusive"))

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def verdict(goal: Goal, ratio: Ratio) -> str:
    if goal.ratio is None:
        return ""
    surely = "" if ratio.low >= goal.ratio or ratio.high < goal.ratio else ", not surely"
    return ("kept" if ratio.median >= goal.ratio else "missed") + surely


def median(slices: Sequence[Slice], what: str) -> float:
    return statistics.median(float(getattr(taken, what)) for taken in slices)


if __name__ == "__main__":
    run(main)
