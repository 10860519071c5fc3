"""Time of commands that take turns, and their ratios."""

import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rivals import clean_environment


@dataclass(frozen=True)
class Command:
    """What to run, in a new folder each time: an empty one, or a copy of one."""

    words: Sequence[str]
    copied: Path | None = None


@dataclass(frozen=True)
class Sample:
    """Seconds of wall clock and of processor time."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Goal:
    """That `ours` takes at most `ratio` times the wall clock of `theirs`; None only asks for the ratio."""

    ours: str
    theirs: str
    ratio: float | None


def measure(commands: Mapping[str, Command], room: Path, rounds: int) -> dict[str, list[Sample]]:
    """Run every command once a round, in another order each round, after one round that does not count."""
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for number in track(range(rounds + 1), description="Rounds", transient=True):
        for name in random.sample(list(commands), len(commands)):
            sample = once(commands[name], room / "work")
            if number:
                samples[name].append(sample)
    return samples


def once(command: Command, folder: Path) -> Sample:
    shutil.rmtree(folder, ignore_errors=True)
    if command.copied:
        shutil.copytree(command.copied, folder, symlinks=True)
    else:
        folder.mkdir(parents=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(
        list(command.words), cwd=folder, env=clean_environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    _, complaint = process.communicate()
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"{' '.join(command.words)}: exit {process.returncode}\n{complaint.decode()}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Sample(wall, cpu)


def peak_memory(command: Command, room: Path) -> float:
    """MiB of the largest process, asked of a process of its own that has no other children."""
    probe = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    folder = room / "work"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-c", probe, *command.words], cwd=folder, env=clean_environment(),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(done.stdout) / 1024


def report(samples: Mapping[str, list[Sample]], goals: Sequence[Goal]) -> None:
    console = Console()
    times = Table(title="Medians", title_justify="left")
    for header in ("command", "wall ms", "best ms", "cpu ms", "runs"):
        times.add_column(header, justify="left" if header == "command" else "right")
    for name, taken in samples.items():
        walls = [sample.wall for sample in taken]
        cpu = statistics.median(sample.cpu for sample in taken)
        times.add_row(
            name,
            *(f"{value * 1000:.0f}" for value in (statistics.median(walls), min(walls), cpu)),
            str(len(taken)),
        )
    console.print(times)
    ratios = Table(title="Ratios of medians", title_justify="left")
    for header in ("ours", "theirs", "ratio", "goal", ""):
        ratios.add_column(header)
    for goal in goals:
        ratio = median(samples[goal.ours]) / median(samples[goal.theirs])
        verdict = "" if goal.ratio is None else "kept" if ratio <= goal.ratio else "missed"
        ratios.add_row(goal.ours, goal.theirs, f"{ratio:.2f}", f"{goal.ratio or ''}", verdict)
    console.print(ratios)


def median(samples: Sequence[Sample]) -> float:
    return statistics.median(sample.wall for sample in samples)
