"""From the last answer to the success line, typed in a terminal, against the same run without questions.

python tests/benchmarks/interactive.py [--rounds 15]
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import pexpect
from measure import Command, once
from rivals import Environment, clean_environment, fastkit_environment

from generator import ANSWERS, TEMPLATE

GOAL = 0.6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    room = Path(tempfile.mkdtemp(prefix="fastkit-bench-"))
    fastkit = fastkit_environment(room)
    typed, flagged = [], []
    for _ in range(rounds):
        typed.append(last_answer_to_success(fastkit, room))
        flagged.append(once(without_questions(fastkit), room / "work").wall)
    ratio = statistics.median(typed) / statistics.median(flagged)
    print(f"last answer to success line: {statistics.median(typed) * 1000:.0f} ms")
    print(f"the run without questions:   {statistics.median(flagged) * 1000:.0f} ms")
    print(f"ratio {ratio:.2f}, goal {GOAL}: {'kept' if ratio <= GOAL else 'missed'}")


def without_questions(fastkit: Environment) -> Command:
    flags = [word for name, value in ANSWERS.items() for word in (f"--{name.replace('_', '-')}", value)]
    return Command(
        [fastkit.program("fastkit"), "startdemo", TEMPLATE, *flags, "--yes", "--no-install", "--no-git"]
    )


def last_answer_to_success(fastkit: Environment, room: Path) -> float:
    """Seconds."""
    folder = room / "typed"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    words = ["startdemo", TEMPLATE, "--no-install", "--no-git"]
    child = pexpect.spawn(fastkit.program("fastkit"), words, cwd=folder, env=clean_environment(), timeout=30)
    for answer in ANSWERS.values():
        child.expect(": $")
        child.sendline(answer)
    child.expect(r"\[y/N\]: $")
    start = time.perf_counter()
    child.sendline("y")
    child.expect("created successfully")
    taken = time.perf_counter() - start
    child.expect(pexpect.EOF)
    return taken


if __name__ == "__main__":
    main()
