"""`fastkit startdemo` stopped, starved or shut out: the destination is complete or as it was."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.command_line import FASTKIT, clean_environment, fastkit
from tests.support.demo import WORDS, make_demo
from tests.support.disks import fastkit_on_disk
from tests.support.folders import tree, write
from tests.support.interrupts import stop_at

PROOF = bool(os.environ.get("FASTKIT_PROOF"))

MOMENTS = 1000 if PROOF else 5
"""How many moments of a run are tried with each signal; a run has some sixty."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and mounts of POSIX")

CALL = ("startdemo", "demo", *WORDS, "--no-install", "--yes")


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return make_demo(tmp_path_factory.mktemp("templates"))


@pytest.fixture(scope="module")
def complete(env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, bytes]]:
    """What a run that nobody stops makes."""
    cwd = tmp_path_factory.mktemp("complete")
    assert fastkit(*CALL, cwd=cwd, env=env).code == 0
    return tree(cwd / "shop")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
@pytest.mark.parametrize("there", [{}, {"notes.txt": "mine\n"}], ids=["new", "with files of its own"])
def test_a_signal_at_any_moment_leaves_all_or_nothing(
    name: str,
    there: dict[str, str],
    env: dict[str, str],
    complete: dict[str, tuple[str, bytes]],
    tmp_path: Path,
) -> None:
    number = signal.Signals[name]
    whole = tmp_path / "whole"
    write(whole / "shop", there)
    whole.mkdir(exist_ok=True)
    run, changes = stop_at("never", number, CALL, whole, env)
    assert run.code == 0
    codes = []
    for moment in range(1, changes + 1, max(1, changes // MOMENTS)):
        cwd = tmp_path / str(moment)
        cwd.mkdir()
        before = tree(write(cwd / "shop", there))
        run, _ = stop_at(moment, number, CALL, cwd, env)
        codes.append(run.code)
        after = tree(cwd / "shop")
        assert after in (before, before | complete), f"stopped at change {moment} of {changes}"
        assert after == before or run.code == 0 or f"already in `{cwd}/shop`" in run.err, "not a word of it"
        assert (cwd / "shop/.git").exists() is (after != before)
        assert [path.name for path in cwd.iterdir()] in ([], ["shop"]), "something else is left"
        assert (cwd / "shop").exists() is bool(tree(cwd / "shop")), "an empty folder is left"
        assert run.code in (0, 130), run
        assert "Traceback" not in run.err
    assert codes.count(130) > len(codes) // 2


def test_ctrl_c_while_fastkit_starts_is_one_line(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    run, _ = stop_at("typer", signal.SIGINT, CALL, tmp_path / "here", env)
    assert (run.code, run.out, run.err.strip()) == (130, "", "interrupted")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "termination"])
@pytest.mark.parametrize(
    "whom",
    [
        "the package manager",
        "its children",
    ],
)
def test_a_signal_during_the_install_ends(
    whom: str, number: signal.Signals, env: dict[str, str], tmp_path: Path
) -> None:
    script = (
        '#!/bin/sh\n[ "$1" = --version ] && { echo "pdm 99.0"; exit; }\nsleep 60 > /dev/null 2>&1 &\n'
        f"echo $$ $! > {tmp_path}/started; mv {tmp_path}/started {tmp_path}/pids; wait\n"
    )
    write(tmp_path / "tools", {"pdm": script}).joinpath("pdm").chmod(0o755)
    process = subprocess.Popen(
        [*FASTKIT, "startdemo", "demo", *WORDS, "--package-manager", "pdm", "--yes"],
        cwd=tmp_path,
        env=clean_environment(**env, PATH=f"{tmp_path}/tools:/usr/bin:/bin"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_for(tmp_path / "pids")
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    manager, child = map(int, (tmp_path / "pids").read_text().split())
    assert is_gone(manager if whom == "the package manager" else child)
    assert process.returncode == 130
    assert b"error: `pdm install` was interrupted\nhint: the project is complete: run the steps above" in err
    assert b"  pdm install\n" in out
    assert (tmp_path / "shop/src/main.py").exists()


def wait_for(file: Path, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not file.exists():
        assert time.monotonic() < deadline, f"{file.name} did not appear in {seconds} s"
        time.sleep(0.01)


def is_gone(pid: int, seconds: float = 2) -> bool:
    """Whether a process ends in time; one that still runs is ended here."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not runs(pid):
            return True
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    return False


def runs(pid: int) -> bool:
    """Whether there is such a process that is more than an entry its parent has not read yet."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in ("", "Z")


def test_a_template_that_cannot_be_rendered_leaves_nothing(tmp_path: Path) -> None:
    broken = {"project/src/main.py.jinja": "a = 1\n\nb = {{ nothing_of_that_name }}\n"}
    env = make_demo(tmp_path / "templates", broken)
    cwd = tmp_path / "here"
    cwd.mkdir()
    run = fastkit(*CALL, cwd=cwd, env=env)
    assert run.code == 1
    assert run.error_lines[0].startswith("error: demo/project/src/main.py.jinja:3: ")
    assert len(run.error_lines) == 2
    assert not any(cwd.iterdir())


@pytest.mark.parametrize(("size", "there"), [("20k", {}), ("8k", {}), ("20k", {"shop/notes.txt": "mine\n"})])
def test_a_full_disk_leaves_the_destination_as_it_was(
    size: str, there: dict[str, str], env: dict[str, str], tmp_path: Path
) -> None:
    mount = tmp_path / "disk"
    mount.mkdir()
    copies = write(tmp_path / "mine", there | {"keep": ""})
    script = (
        f"mount -t tmpfs -o size={size} tmpfs {mount} && cp -R {copies}/. {mount}/ && cd {mount} && "
        f'"$@"; status=$?; cp -R {mount}/. {tmp_path}/after; exit $status'
    )
    before = tree(copies)
    run = fastkit_on_disk(script, *CALL, cwd=tmp_path, env=env)
    assert run.code == 1, run
    assert run.error_lines[0].startswith(f"error: no space left on the disk of `{mount}")
    assert len(run.error_lines) == 2
    assert tree(tmp_path / "after") == before


def test_a_disk_without_room_for_git_or_a_log_leaves_the_whole_project(
    env: dict[str, str], complete: dict[str, tuple[str, bytes]], tmp_path: Path
) -> None:
    mount = tmp_path / "disk"
    mount.mkdir()
    script = (
        f"mount -t tmpfs -o size=64k tmpfs {mount} && cd {mount} && "
        f'"$@"; status=$?; cp -R {mount}/. {tmp_path}/after; exit $status'
    )
    run = fastkit_on_disk(script, *CALL, cwd=tmp_path, env=env)
    assert run.code == 0, run
    assert "note: git refused" in run.out
    assert tree(tmp_path / "after/shop") == complete


def test_a_folder_that_refuses_the_last_files_makes_the_first_ones_go_back(
    env: dict[str, str], tmp_path: Path
) -> None:
    write(tmp_path, {"shop/.env": "MINE=1\n", "shop/src/main.py": "mine = 1\n"})
    closed = tmp_path / "shop/tests"
    closed.mkdir()
    before = tree(tmp_path / "shop")
    script = f'mount -t tmpfs -o ro tmpfs {closed} && "$@"'
    run = fastkit_on_disk(script, *CALL, "--force", cwd=tmp_path, env=env)
    assert (run.code, len(run.error_lines)) == (1, 2), run
    assert tree(tmp_path / "shop") == before
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


@pytest.mark.parametrize("output", [".", "new/deep"])
def test_a_read_only_disk_is_one_error(output: str, env: dict[str, str], tmp_path: Path) -> None:
    mount = tmp_path / "disk"
    mount.mkdir()
    script = f'mount -t tmpfs -o ro tmpfs {mount} && cd {mount} && "$@"'
    run = fastkit_on_disk(script, *CALL, "--output", output, cwd=tmp_path, env=env)
    assert (run.code, len(run.error_lines)) == (1, 2), run
    assert "read-only" in run.error_lines[0] or "cannot write in" in run.error_lines[0]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_one_error(env: dict[str, str], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    run = fastkit(*CALL, cwd=tmp_path, env=env)
    tmp_path.chmod(0o700)
    assert run.code == 1
    assert run.error_lines[0] == f"error: cannot write in `{tmp_path}`"
    assert not any(tmp_path.iterdir())


def test_a_path_that_is_too_long_is_one_error(env: dict[str, str], tmp_path: Path) -> None:
    run = fastkit(*CALL, "--output", "x" * 300, cwd=tmp_path, env=env)
    assert (run.code, run.out.count("successfully"), len(run.error_lines)) == (1, 0, 2)
    assert not any(tmp_path.iterdir())


def test_the_place_of_temporary_files_may_be_missing(env: dict[str, str], tmp_path: Path) -> None:
    run = fastkit(*CALL, cwd=tmp_path, env=env | {"TMPDIR": str(tmp_path / "nowhere")})
    assert run.code == 0
