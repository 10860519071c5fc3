"""`startdemo` with a template of a git repository against `copier copy` of the same, in one interleaved run.

    python tests/benchmarks/sources.py [--rounds 15] [--room FOLDER]

Both have the repository in their cache before anything is measured, and neither installs or begins a
repository; the trees are checked to be equal. copier is installed from the registry.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from measure import Command, Goal, measure, report
from rivals import environment, fastkit_environment, run

from generator import ANSWERS, PROJECT, check_same_trees, copier_template

RELEASE = "v1.0.0"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--room", help="where environments are made")
    arguments = parser.parse_args()
    room = Path(arguments.room or tempfile.mkdtemp(prefix="fastkit-bench-"))
    os.environ |= {"FASTKIT_CACHE": str(room / "cache"), "COPIER_CACHE_DIR": str(room / "copier-cache")}
    commands = every_command(room)
    check_same_trees(commands, room, list(commands))
    report(
        measure(commands, room, arguments.rounds),
        [
            Goal("fastkit startdemo", "copier copy", None),
            Goal("fastkit startdemo of a release", "copier copy of a release", None),
        ],
    )


def every_command(room: Path) -> dict[str, Command]:
    address = repository(room).as_uri()
    startdemo = [fastkit_environment(room).program("fastkit"), "startdemo"]
    flags = [word for name, value in ANSWERS.items() for word in (f"--{name.replace('_', '-')}", value)]
    flags += ["--yes", "--no-install", "--no-git"]
    copy = [environment(room, "copier", sys.executable, "copier>=9.19").program("copier"), "copy"]
    data = [word for name, value in ANSWERS.items() for word in ("--data", f"{name}={value}")]
    data += ["-q", "--defaults", f"git+{address}", PROJECT]
    return {
        "fastkit startdemo": Command([*startdemo, address, *flags]),
        "fastkit startdemo of a release": Command([*startdemo, f"{address}@{RELEASE}", *flags]),
        "copier copy": Command([*copy, *data]),
        "copier copy of a release": Command([*copy, "--vcs-ref", RELEASE, *data]),
    }


def repository(room: Path) -> Path:
    """The flagship with one release."""
    work, bare = copier_template(room), room / "template.git"
    shutil.rmtree(bare, ignore_errors=True)
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    run(["git", "init", "--quiet", str(work)])
    run(["git", "add", "--all"], cwd=work)
    run(["git", *who, "commit", "--quiet", "--message=The template"], cwd=work)
    run(["git", *who, "tag", "--annotate", "--message=Release", RELEASE], cwd=work)
    run(["git", "clone", "--quiet", "--bare", str(work), str(bare)])
    return bare


if __name__ == "__main__":
    os.chdir(Path(__file__).parent)
    main()
