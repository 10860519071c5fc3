"""Ending processes with everything that they started."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fastkit.machine import processes
from fastkit.machine.processes import OWN_GROUP, TOO_LATE, Process, stop, watched

pytestmark = pytest.mark.skipif(os.name == "nt", reason="process groups are of POSIX systems")

SLEEPING = """\
import signal, subprocess, sys, time
if "deaf" in sys.argv:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def start(*words: str) -> tuple[Process, int]:
    """A process that sleeps, and the number of its child."""
    command = [sys.executable, "-c", SLEEPING, *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **OWN_GROUP)
    assert process.stdout
    return process, int(process.stdout.readline())


def is_over(process: Process, child: int) -> bool:
    process.communicate(timeout=20)
    state = Path(f"/proc/{child}/stat")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_process_whose_time_is_up_ends_with_its_children() -> None:
    process, child = start()
    with watched(process, 0.1) as reasons:
        assert is_over(process, child)
    assert reasons == [TOO_LATE]


def test_a_process_ends_once_a_problem_is_named() -> None:
    process, child = start()
    problems = iter(["", "", "is too large"])
    with watched(process, 60, lambda: next(problems)) as reasons:
        assert is_over(process, child)
    assert reasons == ["is too large"]


def test_a_process_ends_with_the_block_that_fails() -> None:
    process, child = start()
    with pytest.raises(ValueError, match="failed"), watched(process, 60):
        raise ValueError("failed")
    assert is_over(process, child)


def test_a_process_that_ends_in_time_has_no_reason() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process, watched(process, 60) as reasons:
        assert process.wait() == 0
    assert reasons == []


@pytest.mark.parametrize("words", [(), ("deaf",)])
def test_a_process_is_stopped_whether_or_not_it_heeds_signals(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "PATIENCE", 0.2)
    process, child = start(*words)
    stop(process)
    assert is_over(process, child)


def test_a_process_that_heeds_a_signal_is_not_waited_for() -> None:
    process, child = start()
    began = time.monotonic()
    stop(process)
    assert time.monotonic() - began < processes.PATIENCE
    assert is_over(process, child)
