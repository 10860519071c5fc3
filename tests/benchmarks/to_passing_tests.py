"""From the command to the generated project's own tests having passed: fastkit against FastAPI-fastkit 1.5.1.

    python tests/benchmarks/to_passing_tests.py --python3.12 PATH [--rounds 7]

Both make the project with uv and a warm cache, both under Python 3.12, which FastAPI-fastkit needs. Its
project has six tests; ours has over ninety, one of which kills a server, so that the eight tests of the
items alone are measured as well.
"""

import argparse
import shlex
import tempfile
from pathlib import Path

from measure import Command, Goal, measure, report
from rivals import environment, fastkit_environment
from uv import find_uv_bin

from generator import ANSWERS, PROJECT, TEMPLATE, saying_yes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--python3.12", dest="python312", required=True)
    arguments = parser.parse_args()
    python = arguments.python312
    room = Path(tempfile.mkdtemp(prefix="fastkit-bench-"))
    fastkit = fastkit_environment(room, python)
    peer = environment(room, "peer", python, "FastAPI-fastkit==1.5.1")
    flags = [word for name, value in ANSWERS.items() for word in (f"--{name.replace('_', '-')}", value)]
    ours = [fastkit.program("fastkit"), "startdemo", TEMPLATE, *flags, "--yes"]
    theirs = saying_yes([peer.program("fastkit"), "startdemo", TEMPLATE, *flags, "--yes"])
    commands = {
        "fastkit": then_tests(ours, python),
        "fastkit without git": then_tests([*ours, "--no-git"], python),
        "fastkit, the eight tests of items": then_tests(ours, python, "tests/test_items.py"),
        "FastAPI-fastkit": then_tests(theirs, python),
    }
    samples = measure(commands, room, arguments.rounds)
    report(samples, [Goal(name, "FastAPI-fastkit", 1.0) for name in commands if name != "FastAPI-fastkit"])


def then_tests(words: list[str], python: str, tests: str = "") -> Command:
    """The call and then the project's tests, in the environment that the call made, with uv on PATH."""
    uv = shlex.quote(str(Path(find_uv_bin()).parent))
    tested = f"cd {PROJECT}; .venv/bin/python -m pytest -q {tests}"
    script = f"set -e; export PATH={uv}:$PATH UV_PYTHON={shlex.quote(python)}; {shlex.join(words)}; {tested}"
    return Command(["sh", "-c", script])


if __name__ == "__main__":
    main()
