"""Proof that the tests notice small faults: each is put into the code, then the tests of that line run.

python -m tests.proofs.small_faults map [TEST]...
python -m tests.proofs.small_faults try [--kind KIND] [--count N] [--seed N] [--below FOLDER] [--seconds N]

`map` runs the fast suite once under coverage and keeps which test runs which line. `try` draws faults, puts
each into this checkout in turn, and takes it back. A fault that no test notices is printed as a diff: either
it changes nothing that anybody could notice, or a test is missing.
"""

import argparse
import ast
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import unified_diff
from importlib import import_module
from itertools import accumulate, zip_longest
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build/small-faults"
DATA = KEPT / "coverage"
SETTINGS = KEPT / "coveragerc"

CODE = "generator/fastkit"

FAST = ("-q", "-m", "not network and not slow", "-p", "no:cacheprovider")

ALONE = ("-p", "no:xdist", "-p", "no:schemathesis", "-W", "ignore::pytest.PytestAssertRewriteWarning")

FIRST = 20
"""Tests of a fault that run before all the others do."""

LONGEST = 300.0
"""Seconds in which the tests of one fault have to end; a fault that makes them hang is noticed."""

SETTINGS_TEXT = f"""\
[run]
source = {ROOT / CODE}
data_file = {DATA}
context = ${{RUNNING_TEST-}}
parallel = true
patch = fork
"""


@dataclass(frozen=True)
class Fault:
    """One change of one file.

    Attributes:
        file: from the root of the repository.
        line: counted from 1, where it begins.
        text: the whole file with the fault in it.
    """

    kind: str
    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.kind:9} {self.file}:{self.line}"

    @property
    def diff(self) -> str:
        before = ast.unparse(ast.parse((ROOT / self.file).read_text("utf-8"))).splitlines()
        lines = list(unified_diff(before, self.text.splitlines(), lineterm="", n=1))
        return "\n".join(lines[2:])


# Which test runs which line. This module is a plugin of that run.


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    from coverage import Coverage

    os.environ["RUNNING_TEST"] = item.nodeid
    if current := Coverage.current():
        current.switch_context(item.nodeid)
    began = time.monotonic()
    result = yield
    with (KEPT / f"seconds-{os.getpid()}.jsonl").open("a") as lines:
        lines.write(json.dumps([item.nodeid, time.monotonic() - began]) + "\n")
    return result


def make_map(tests: list[str]) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    for old in KEPT.iterdir():
        old.unlink()
    SETTINGS.write_text(SETTINGS_TEXT)
    plugin = ("-p", "tests.proofs.small_faults", "-n", "auto", "-p", "no:schemathesis")
    words = ("-m", "coverage", "run", f"--rcfile={SETTINGS}", "-m", "pytest", *FAST, *plugin, *tests)
    combine = ("-m", "coverage", "combine", f"--rcfile={SETTINGS}")
    env = {**os.environ, "COVERAGE_PROCESS_START": str(SETTINGS)}  # for programs that the tests run
    subprocess.run([sys.executable, *words], cwd=ROOT, env=env, check=False, timeout=3600)
    subprocess.run([sys.executable, *combine], cwd=ROOT, check=True, timeout=600)


def read_map() -> tuple[dict[str, dict[int, list[str]]], dict[str, float]]:
    """By file and line, the tests that run it; and how long each test takes."""
    from coverage import CoverageData

    data = CoverageData(str(DATA))
    data.read()
    seconds: dict[str, float] = {}
    for file in KEPT.glob("seconds-*.jsonl"):
        seconds |= dict(json.loads(line) for line in file.read_text().splitlines())
    tests = {
        str(Path(file).relative_to(ROOT)): {
            line: [test for name in names if (test := name if name in seconds else in_fork(name)) in seconds]
            for line, names in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    return tests, seconds


def in_fork(name: str) -> str:
    """The test that a fork has run for, by its context: that of the process which was forked comes first."""
    return name.partition("|")[2]


# Making faults.

Change = Callable[[ast.AST], ast.AST | None]


def negated(node: ast.AST) -> ast.AST | None:
    """`if x` becomes `if not x`; likewise for conditions of loops, comprehensions and expressions."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        return with_field(node, "test", ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.comprehension) and node.ifs:
        return with_field(node, "ifs", [ast.UnaryOp(ast.Not(), node.ifs[0]), *node.ifs[1:]])
    return None


def dropped(node: ast.AST) -> ast.AST | None:
    """A call whose value nobody takes is left out."""
    return ast.Pass() if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None


def joined(node: ast.AST) -> ast.AST | None:
    """`and` becomes `or`, and the other way round."""
    if isinstance(node, ast.BoolOp):
        return with_field(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
    return None


def swallowed(node: ast.AST) -> ast.AST | None:
    """An error is not raised."""
    return ast.Pass() if isinstance(node, ast.Raise) else None


BOUNDS: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
}


def moved(node: ast.AST) -> ast.AST | None:
    """A comparison takes in its bound or leaves it out, or a number is one more."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in BOUNDS:
        return with_field(node, "ops", [BOUNDS[type(node.ops[0])], *node.ops[1:]])
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return ast.Constant(node.value + 1)
    return None


KINDS: dict[str, Change] = {
    "negated": negated,
    "dropped": dropped,
    "joined": joined,
    "swallowed": swallowed,
    "moved": moved,
}


def with_field(node: ast.AST, name: str, value: object) -> ast.AST:
    fields = dict(ast.iter_fields(node))
    return type(node)(**{**fields, name: value})


def faults_of(kind: str, file: Path) -> Iterator[Fault]:
    source = file.read_text("utf-8")
    tree = ast.parse(source)
    change = KINDS[kind]
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            places = value if isinstance(value, list) else [value]
            for number, node in enumerate(places):
                if isinstance(node, ast.AST) and (new := change(node)):
                    text = with_node(tree, parent, name, number if isinstance(value, list) else None, new)
                    line = getattr(node, "lineno", getattr(parent, "lineno", 1))
                    yield Fault(kind, str(file.relative_to(ROOT)), line, text)


def with_node(tree: ast.Module, parent: ast.AST, name: str, number: int | None, new: ast.AST) -> str:
    old = getattr(parent, name)
    setattr(parent, name, new if number is None else [*old[:number], new, *old[number + 1 :]])
    try:
        return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    finally:
        setattr(parent, name, old)


# Trying them.


def draw(kind: str, count: int, seed: int, below: str) -> list[Fault]:
    files = [file for file in sorted((ROOT / below).rglob("*.py")) if "starter" not in file.parent.as_posix()]
    found = [fault for file in files for fault in faults_of(kind, file)]
    return random.Random(seed).sample(found, min(count, len(found)))


@contextmanager
def in_place(fault: Fault) -> Iterator[None]:
    file = ROOT / fault.file
    before, times = file.read_bytes(), file.stat()
    file.write_text(fault.text, "utf-8")
    try:
        yield
    finally:
        file.write_bytes(before)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # what was compiled of it is good again


def import_libraries() -> None:
    """Import once what each run of the tests would import again, but nothing that may have a fault in it."""
    for name in ("copier", "fastapi", "hypothesis", "rich.console", "typer.main", "yaml"):
        import_module(name)


def is_noticed(fault: Fault, tests: list[str]) -> bool:
    """Whether one of the tests fails: the first ones, which are quick, are asked apart."""
    with in_place(fault):
        return any(some and fails(some) for some in (tests[:FIRST], tests[FIRST:]))


def fails(tests: list[str]) -> bool:
    """Run the tests in a fork of this process, which has the libraries already."""
    child = os.fork()
    if not child:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        os._exit(pytest.main([*FAST, "-x", *ALONE, *tests]))
    return status_of(child, LONGEST) != 0


def status_of(child: int, seconds: float) -> int:
    """How a process ended; what hangs is killed with all that it has started, which is a failure, too."""
    until = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended or time.monotonic() > until:
            break
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return status if ended else os.waitpid(child, 0)[1]


def try_faults(faults: list[Fault], most_seconds: float) -> None:
    """Print for each fault whether it was noticed.

    Args:
        most_seconds: of tests that run for one fault.
    """
    ran, seconds = read_map()
    import_libraries()
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # nothing that is compiled of a fault may outlive it
    noticed = 0
    for number, fault in enumerate(faults, 1):
        tests = within(ran.get(fault.file, {}).get(fault.line, []), seconds, most_seconds)
        caught = is_noticed(fault, tests)
        noticed += caught
        print(f"{'noticed' if caught else 'MISSED '} {fault} ({len(tests)} tests)", flush=True)
        if not caught:
            print(fault.diff, flush=True)
        if number % 25 == 0 or number == len(faults):
            print(f"{noticed} of {number} noticed", flush=True)


def within(tests: list[str], seconds: dict[str, float], most: float) -> list[str]:
    """As many of the tests as end in time, the quickest first, those of different files in turn."""
    files: dict[str, list[str]] = {}
    for test in sorted(tests, key=lambda test: seconds[test]):
        files.setdefault(test.partition("::")[0], []).append(test)
    in_turn = [test for some in zip_longest(*files.values()) for test in some if test]
    left = accumulate(seconds[test] for test in in_turn)
    return [test for test, needed in zip(in_turn, left, strict=True) if needed <= most] or in_turn[:1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["map", "try"])
    parser.add_argument("tests", nargs="*", help="for `map`: only these")
    parser.add_argument("--kind", choices=[*KINDS], action="append")
    parser.add_argument("--count", type=int, default=100, help="faults of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--below", default=CODE, help="the folder whose files get faults")
    parser.add_argument("--seconds", type=float, default=60, help="of tests for one fault")
    words = parser.parse_args()
    if words.what == "map":
        make_map(words.tests)
    else:
        kinds = words.kind or [*KINDS]
        faults = [fault for kind in kinds for fault in draw(kind, words.count, words.seed, words.below)]
        try_faults(faults, words.seconds)


if __name__ == "__main__":
    main()
