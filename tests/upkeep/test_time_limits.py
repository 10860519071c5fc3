"""No test waits for ever: one that hangs fails, and what it has started is ended."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.constraints import ROOT
from tests.support.folders import write

HANGING = """\
import subprocess

from hypothesis import given, strategies

from tests.support import time_limits

time_limits.AGAIN = 0.2

def test_a_loop():
    while True:
        pass

def test_a_child():
    subprocess.run(["sh", "-c", "echo $$ > child; exec sleep 600"])

@given(strategies.booleans())
def test_an_example(value):
    while value:
        pass
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGALRM")
def test_a_test_that_hangs_fails_and_so_does_each_other(tmp_path: Path) -> None:
    write(tmp_path, {"test_hanging.py": HANGING, "pytest.ini": ""})
    words = ["-p", "tests.support.time_limits", "-p", "no:cacheprovider", "--timeout=1"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "3 failed" in done.stdout, done.stdout + done.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "child").read_text()), 0)


SHARED = ("support", "proofs", "releases")
"""Folders with what tests share."""


def test_what_tests_share_waits_for_no_process_without_a_limit() -> None:
    files = (path for folder in SHARED for path in (ROOT / "tests" / folder).glob("*.py"))
    for file in (path for path in files if not path.name.startswith("test_")):
        calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
        assert [f"{file}:{call.lineno}" for call in calls if waits_for_ever(call)] == []


def waits_for_ever(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    waits = name == "subprocess.run" or name.endswith(("process.wait", "process.communicate"))
    return waits and "timeout" not in {word.arg for word in call.keywords}
