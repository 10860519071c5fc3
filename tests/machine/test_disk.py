"""Temporary folders, locks, signals, and the errors of disks."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from fastkit.errors import Busy, DestinationError
from fastkit.machine import interrupts
from fastkit.machine.disk import (
    DISK_PROBLEMS,
    disk_error,
    is_disk_error,
    locked,
    nearest_existing,
    new_folders,
    temporary_folder,
)
from fastkit.machine.interrupts import SIGNALS, interrupt_on_signals, undisturbed
from tests.support.folders import read, write


def end_with(error: BaseException | None) -> None:
    if error:
        raise error


def expected(error: BaseException | None) -> AbstractContextManager[object]:
    return pytest.raises(type(error)) if error else nullcontext()


@pytest.mark.parametrize("error", [None, ValueError(), OSError(), KeyboardInterrupt(), SystemExit()])
def test_a_temporary_folder_is_removed_however_its_block_ends(
    error: BaseException | None, tmp_path: Path
) -> None:
    with expected(error), temporary_folder(tmp_path) as room:
        write(room, {"deep/er/file": "x", "link": "-> /"})
        assert room.parent == tmp_path
        end_with(error)
    assert read(tmp_path) == {}


def test_new_folders_stay_if_something_is_in_them(tmp_path: Path) -> None:
    with new_folders(tmp_path / "a/b/c"):
        write(tmp_path, {"a/b/file": "x"})
    assert read(tmp_path) == {"a/b/file": "x"}


@pytest.mark.parametrize("error", [None, ValueError(), KeyboardInterrupt()])
def test_new_folders_that_stay_empty_are_removed(error: BaseException | None, tmp_path: Path) -> None:
    write(tmp_path, {"there/": ""})
    with expected(error), new_folders(tmp_path / "there/a/b"):
        assert (tmp_path / "there/a/b").is_dir()
        end_with(error)
    assert read(tmp_path) == {"there/": ""}


def test_an_existing_folder_stays_even_if_it_is_empty(tmp_path: Path) -> None:
    with new_folders(tmp_path):
        pass
    assert tmp_path.is_dir()


def test_folders_that_cannot_all_be_made_are_all_removed(tmp_path: Path) -> None:
    with (
        pytest.raises(DestinationError, match="a path becomes too long in"),
        new_folders(tmp_path / "a/b" / ("x" * 300) / "c"),
    ):
        pytest.fail("the folder was made")
    assert read(tmp_path) == {}


def test_a_refusal_of_the_disk_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(DestinationError) as error, new_folders(tmp_path / "a"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert error.value.message == f"no space left on the disk of `{tmp_path}/a`"
    assert error.value.hint == "free some space, or pass another folder as --output"


@pytest.mark.parametrize("number", DISK_PROBLEMS)
def test_every_problem_of_a_disk_is_one_line_and_a_hint(number: int) -> None:
    problem = OSError(number, os.strerror(number))
    error = disk_error(problem, Path("/p"))
    assert is_disk_error(problem)
    assert error.message.endswith(" `/p`")
    assert error.hint


def test_an_unexpected_problem_is_reported_in_the_words_of_the_system() -> None:
    problem = OSError(errno.EXDEV, "Odd link")
    assert not is_disk_error(problem)
    assert disk_error(problem, Path("/p")).message == "Odd link at `/p`"
    assert disk_error(OSError("odd"), Path("/p")).message == "odd at `/p`"


def test_the_nearest_folder_that_exists(tmp_path: Path) -> None:
    assert nearest_existing(tmp_path) == tmp_path
    assert nearest_existing(tmp_path / "a/b/c") == tmp_path


# One run at a time.

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX alone has it")


@posix
def test_a_folder_is_locked_for_one_run_until_its_block_ends(tmp_path: Path) -> None:
    with locked(tmp_path):
        with pytest.raises(Busy), locked(tmp_path):
            pytest.fail("both were let in")
        with pytest.raises(Busy), locked(tmp_path, shared=True):
            pytest.fail("both were let in")
    with locked(tmp_path):
        pass
    assert read(tmp_path) == {}


@posix
def test_readers_share_the_lock(tmp_path: Path) -> None:
    with locked(tmp_path, shared=True), locked(tmp_path, shared=True), pytest.raises(Busy), locked(tmp_path):
        pytest.fail("a run that writes was let in")


@posix
def test_a_killed_run_leaves_no_lock(tmp_path: Path) -> None:
    script = "import os, sys; from fastkit.machine import disk; disk.lock(sys.argv[1], False)"
    killed = f"{script}; os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False).returncode == -9
    with locked(tmp_path):
        pass


def test_a_folder_that_cannot_be_locked_is_open(tmp_path: Path) -> None:
    with locked(tmp_path / "nowhere"), locked(tmp_path / "nowhere"):
        pass


# Undisturbed.


@pytest.fixture
def interruptible(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ctrl-C and termination raise KeyboardInterrupt, as in fastkit's command line."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    interrupt_on_signals()
    monkeypatch.setattr(interrupts, "last", 0.0)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@posix
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_waits_until_the_block_is_done(name: str) -> None:
    done = []

    def work() -> None:
        with undisturbed():
            signal.raise_signal(getattr(signal, name))
            done.append("the rest of the block")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["the rest of the block"]


@posix
@pytest.mark.usefixtures("interruptible")
def test_a_signal_comes_through_again_afterwards() -> None:
    with undisturbed(), undisturbed():
        pass
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@posix
@pytest.mark.usefixtures("interruptible")
def test_a_second_ctrl_c_at_once_does_not_end_the_clean_up_of_the_first() -> None:
    done = []

    def work() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            done.append("cleaned up")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["cleaned up"]


@posix
@pytest.mark.usefixtures("interruptible")
def test_a_second_ctrl_c_later_on_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    monkeypatch.setattr(interrupts, "last", interrupts.last - 2)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@posix
@pytest.mark.usefixtures("interruptible")
def test_ignored_signals_stay_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interrupt_on_signals()
    with undisturbed():
        signal.raise_signal(signal.SIGHUP)
    signal.raise_signal(signal.SIGHUP)


THREADED = """\
import os, signal, threading, time
from fastkit.machine.interrupts import undisturbed
for number in range(THREADS):
    threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
arrived, written = os.pipe()
os.set_blocking(written, False)
signal.set_wakeup_fd(written)
try:
    with undisturbed():
        os.kill(os.getpid(), signal.SIGINT)
        os.read(arrived, 1)
        print("the rest of the block")
except KeyboardInterrupt:
    print("interrupted")
"""


@posix
@pytest.mark.parametrize(
    "threads",
    [
        0,
        1,
    ],
    ids=["alone", "beside another thread"],
)
def test_a_signal_from_another_process_waits_too(threads: int) -> None:
    script = THREADED.replace("THREADS", str(threads))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "the rest of the block\ninterrupted\n"
