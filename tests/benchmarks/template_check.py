"""Time of `template check` on the flagship, with and without `--run`.

    python tests/benchmarks/template_check.py [--rounds 7] [--rounds-with-run 3] [TEMPLATE]

`--run` installs with a warm cache: a first round that does not count has filled it.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from measure import Command, measure, report

FASTKIT = str(Path(sys.executable).with_name("fastkit"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rounds-with-run", type=int, default=3)
    parser.add_argument("template", nargs="?", default="fastapi-async-crud")
    arguments = parser.parse_args()
    room = Path(tempfile.mkdtemp(prefix="fastkit-bench-"))
    words = [FASTKIT, "template", "check", arguments.template]
    samples = measure({"check": Command(words)}, room, arguments.rounds)
    samples |= measure({"check --run": Command([*words, "--run"])}, room, arguments.rounds_with_run)
    report(samples, [])


if __name__ == "__main__":
    main()
