"""What every test has: a home of its own, in which git knows who works there."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.managers import Managers
from tests.support.time_limits import pytest_collection_modifyitems, pytest_timeout_set_timer

os.environ["FASTKIT_DEBUG"] = "1"  # no last resort hides a traceback from a test

for name in ("SIGINT", "SIGHUP", "SIGQUIT"):
    number = getattr(signal, name, None)
    if number and signal.getsignal(number) is signal.SIG_IGN:  # as a job in the background inherits it
        signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)

settings.register_profile("fastkit", deadline=None)
settings.load_profile("fastkit")

__all__ = ["pytest_collection_modifyitems", "pytest_timeout_set_timer"]

GIT_CONFIG = """\
[user]
    name = Ada Example
    email = ada@example.com
[init]
    defaultBranch = main
"""


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new home, with no template or setting of the person who runs the tests.

    Caches stay theirs, as package managers fill them, but for that of fastkit.
    """
    folder = tmp_path_factory.mktemp("home")
    caches = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    for name in [*os.environ]:
        if name != "FASTKIT_DEBUG" and name.startswith(
            ("FASTKIT_", "COPIER_", "GIT_AUTHOR_", "GIT_COMMITTER_")
        ):
            monkeypatch.delenv(name)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / ".config"))
    monkeypatch.setenv("XDG_CACHE_HOME", caches)
    monkeypatch.setenv("FASTKIT_CACHE", str(folder / "cache"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(folder / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (folder / ".gitconfig").write_text(GIT_CONFIG)
    return folder


@pytest.fixture
def nobody(home: Path) -> None:
    """git does not know who works here."""
    (home / ".gitconfig").write_text("[user]\n    useConfigOnly = true\n")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden copies")


def mounted(folder: Path, options: str) -> Path:
    """A small disk of its own; skips the test where this machine lets nobody mount one."""
    folder.mkdir(exist_ok=True)
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("there is no `mount` here")
    if done.returncode:
        pytest.skip(f"cannot mount a disk: {done.stderr.decode().strip()}")
    return folder


@pytest.fixture
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of 64 KiB."""
    disk = mounted(tmp_path_factory.mktemp("mounts") / "small", "size=64k")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.fixture
def read_only_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk that nobody can write, with a file `there/mine.txt`."""
    disk = mounted(tmp_path_factory.mktemp("mounts") / "fixed", "size=64k")
    (disk / "there").mkdir()
    (disk / "there" / "mine.txt").write_text("mine\n")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.fixture(scope="session")
def managers(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Managers]:
    with ExitStack() as stack:
        wheels = request.config.cache.mkdir("fastkit-wheels")
        yield Managers(tmp_path_factory.mktemp("managers"), wheels, stack)
