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
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from difflib import unified_diff
from inspect import CO_OPTIMIZED, isclass, isfunction, unwrap
from itertools import accumulate, zip_longest
from pathlib import Path, PurePath
from types import CodeType
from typing import Any, TypeGuard

import pytest
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build/small-faults"
DATA = KEPT / "coverage"
SETTINGS = KEPT / "coveragerc"

CODE = "generator/fastkit"

FAST = ("-q", "-m", "not network and not slow", "-p", "no:cacheprovider")

REWRITTEN = "ignore::pytest.PytestAssertRewriteWarning"  # this module is imported before pytest begins

LONGEST = 120.0
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
        before: the whole file.
        text: the same with the fault in it.
    """

    kind: str
    file: str
    line: int
    before: str = field(repr=False)
    text: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.kind:9} {self.file}:{self.line}"

    @property
    def room(self) -> tuple[str, ...]:
        """The folders of its module, which are also those of the module's tests."""
        return PurePath(self.file).parts[2:-1]

    @property
    def diff(self) -> str:
        lines = list(unified_diff(plain(self).splitlines(), self.text.splitlines(), lineterm="", n=1))
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
            line: [test for name in names if (test := name if name in seconds else of_fork(name)) in seconds]
            for line, names in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    return tests, seconds


def of_fork(name: str) -> str:
    """The test that a fork has run for, by its context: that of the process which was forked comes first."""
    return name.partition("|")[2]


# Making faults.

Changes = list[tuple[Any, CodeType]]
"""Functions, and the code that they get."""

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
                    yield Fault(kind, str(file.relative_to(ROOT)), line, source, text)


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


@dataclass(frozen=True)
class Trial:
    """A plugin that puts each fault in place and runs its tests instead of running all tests.

    Attributes:
        most_seconds: of tests of the same room, and of all others, that run for one fault.
    """

    faults: Sequence[Fault]
    most_seconds: float
    noticing: dict[Fault, str] = field(default_factory=dict)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        ran, seconds = read_map()
        items = {item.nodeid: item for item in session.items}
        for fault in self.faults:
            tests = [test for test in tests_of(fault, ran.get(fault.file, {})) if test in items]
            tests = tests or [
                test for test in items if room_of(test) == fault.room
            ]  # run by a killed process
            some = chosen(tests, fault, seconds, self.most_seconds)
            noticed = noticing_test(fault, [items[test] for test in some])
            print(f"{'noticed' if noticed else 'MISSED '} {fault} ({len(tests)} tests) {noticed}", flush=True)
            if noticed:
                self.noticing[fault] = noticed
            else:
                print(fault.diff, flush=True)
        self.check([items[test] for test in {*self.noticing.values()} if test in items])
        print(f"{len(self.noticing)} of {len(self.faults)} noticed")
        return True

    def check(self, items: list[pytest.Item]) -> None:
        """Take back what was noticed by a test that fails without a fault, too."""
        while failed := in_fork(items, []):
            print(f"{failed} fails without a fault", flush=True)
            for fault in [fault for fault, test in self.noticing.items() if test == failed]:
                del self.noticing[fault]
            items = items[[item.nodeid for item in items].index(failed) + 1 :] if failed != HANGS else []


def room_of(test: str) -> tuple[str, ...]:
    return PurePath(test.partition("::")[0]).parts[1:-1]


def tests_of(fault: Fault, ran: dict[int, list[str]]) -> list[str]:
    """Those that run its line, or any line of its file where it is in what runs at the import alone."""
    try:
        changed_functions(fault)
    except OutsideOfFunctions:
        return [*dict.fromkeys(test for tests in ran.values() for test in tests)]
    return ran.get(fault.line, [])


def chosen(tests: list[str], fault: Fault, seconds: dict[str, float], most: float) -> list[str]:
    """The tests that run for a fault: those of the same room first, then one of each other file in turn."""
    quickest = sorted(tests, key=lambda test: seconds.get(test, 1))
    near = [test for test in quickest if room_of(test) == fault.room]
    files: dict[str, list[str]] = {}
    for test in (test for test in quickest if room_of(test) != fault.room):
        files.setdefault(test.partition("::")[0], []).append(test)
    far = [test for some in zip_longest(*files.values()) for test in some if test]
    return [*within(near, seconds, most), *within(far, seconds, most)] or quickest[:1]


def within(tests: list[str], seconds: dict[str, float], most: float) -> list[str]:
    needed = accumulate(seconds.get(test, 1) for test in tests)
    return [test for test, so_far in zip(tests, needed, strict=True) if so_far <= most]


def noticing_test(fault: Fault, items: list[pytest.Item]) -> str:
    """The first test that fails; empty where none does."""
    with in_place(fault):
        try:
            return in_fork(items, changed_functions(fault))
        except OutsideOfFunctions:  # so that the module has to be imported anew
            words = [sys.executable, "-m", "pytest", *FAST, "-x", *(item.nodeid for item in items)]
            try:
                done = subprocess.run(words, cwd=ROOT, capture_output=True, check=False, timeout=LONGEST)
            except subprocess.TimeoutExpired:
                return HANGS
            return "a new pytest" if done.returncode and items else ""


HANGS = "one that hangs"


def in_fork(items: list[pytest.Item], changes: Changes) -> str:
    """The first test that fails in a fork of this process, where these functions have other code."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.setsid()
        for function, code in changes:
            function.__code__ = code
        os.write(writer, first_failure(items).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        told = answer.read().decode() if select.select([answer], [], [], LONGEST)[0] else HANGS
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    return told or (HANGS if status and status != signal.SIGKILL else "")


def first_failure(items: list[pytest.Item]) -> str:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    for item, following in zip(items, [*items[1:], None], strict=True):
        try:
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                return item.nodeid
        except BaseException:
            return item.nodeid
    return ""


# The functions of modules that are imported already.


class OutsideOfFunctions(Exception):
    pass


def changed_functions(fault: Fault) -> Changes:
    """Each function with the fault, as far as its module is imported, and its faulty code.

    Raises:
        OutsideOfFunctions: the fault is in what runs when the module is imported.
    """
    name = ".".join(PurePath(fault.file).with_suffix("").parts[1:]).removesuffix(".__init__")
    if name not in sys.modules:
        return []
    good, bad = (compile(text, "", "exec") for text in (plain(fault), fault.text))
    if outside(good) != outside(bad):
        raise OutsideOfFunctions
    before, live = dict(functions_in(good)), dict(functions_of(vars(sys.modules[name]), name))
    changed = [(where, code) for where, code in functions_in(bad) if code != before[where]]
    if not all(where in live for where, _ in changed):
        raise OutsideOfFunctions
    return [(live[where], code) for where, code in changed]


def plain(fault: Fault) -> str:
    """The file without the fault, written as the faulty one is."""
    return ast.unparse(ast.parse(fault.before)) + "\n"


def is_function(code: object) -> TypeGuard[CodeType]:
    return isinstance(code, CodeType) and bool(code.co_flags & CO_OPTIMIZED) and code.co_name[0] != "<"


def is_class(code: object) -> TypeGuard[CodeType]:
    return isinstance(code, CodeType) and not code.co_flags & CO_OPTIMIZED


def outside(code: CodeType) -> tuple[object, ...]:
    """What a module or class does when it is imported."""
    parts = [outside(part) if is_class(part) else part for part in code.co_consts if not is_function(part)]
    return code.co_code, code.co_names, [(type(part), part) for part in parts]


def functions_in(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for part in code.co_consts:
        if is_function(part):
            yield part.co_qualname, part
        elif is_class(part):
            yield from functions_in(part)


def functions_of(names: Mapping[str, Any], module: str) -> Iterator[tuple[str, Any]]:
    for value in names.values():
        inner = (
            getattr(value, "fget", None) or getattr(value, "func", None) or getattr(value, "__func__", value)
        )
        if isclass(inner) and inner.__module__ == module:
            yield from functions_of(vars(inner), module)
        elif isfunction(inner := unwrap(inner) if callable(inner) else inner) and inner.__module__ == module:
            yield inner.__qualname__, inner


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
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # nothing that is compiled of a fault may outlive it
        sys.dont_write_bytecode = True
        pytest.main([*FAST, "-s", "-W", REWRITTEN, *words.tests], [Trial(faults, words.seconds)])


if __name__ == "__main__":
    main()
