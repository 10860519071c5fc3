"""Installing, with small scripts in the place of package managers."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fastkit.errors import InstallFailed, InstallInterrupted
from fastkit.machine import processes
from fastkit.making.install import install
from fastkit.package_managers import PackageManager, Step
from tests.support.folders import read, write

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the scripts are for a POSIX shell")


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "logs").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "logs"))
    monkeypatch.setattr(processes, "PATIENCE", 0.3)
    return tmp_path / "logs"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def script(folder: Path, text: str) -> Path:
    file = write(folder, {"fake": f"#!/bin/sh\n{text}\n"}) / "fake"
    file.chmod(0o755)
    return file


def manager(file: Path, *steps: str, **settings: str) -> PackageManager:
    return PackageManager(
        name="fake",
        minimum="1.0",
        get_it="get fake",
        steps=tuple(Step(("fake", *step.split())) for step in steps or ("install",)),
        runs="fake run",
        find=lambda: str(file),
        settings=settings,
        shows_settings="`fake config`",
    )


def silent(line: str) -> None:
    pass


def failure(fake: PackageManager, project: Path) -> InstallFailed:
    with pytest.raises(InstallFailed) as error:
        install(fake, project, silent)
    return error.value


def test_every_step_runs_in_the_project_in_order(project: Path, logs: Path, tmp_path: Path) -> None:
    fake = manager(script(tmp_path, 'echo "$PWD $*" >> steps.txt'), "make .venv", "install --all")
    install(fake, project, silent)
    assert read(project) == {"steps.txt": f"{project} make .venv\n{project} install --all\n"}
    assert read(logs) == {}


def test_each_line_is_reported_as_it_comes(project: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    install(manager(script(tmp_path, "echo one; echo two >&2; printf 'a\\rb'")), project, lines.append)
    assert [line.strip() for line in lines] == ["one", "two", "a", "b"]


def test_the_settings_of_the_manager_and_no_other_environment_reach_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME"):
        monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    text = 'echo "$FAKE_IN_PROJECT,$HTTPS_PROXY,$VIRTUAL_ENV$CONDA_PREFIX$PYTHONPATH$PYTHONHOME" > seen'
    install(manager(script(tmp_path, text), FAKE_IN_PROJECT="1"), project, silent)
    assert read(project) == {"seen": "1,http://proxy,\n"}


@pytest.fixture
def typed() -> Iterator[None]:
    """Somebody has typed ahead on standard input."""
    kept, (source, sink) = os.dup(0), os.pipe()
    os.write(sink, b"yes\n")
    os.dup2(source, 0)
    yield
    os.dup2(kept, 0)
    for handle in (kept, source, sink):
        os.close(handle)


@pytest.mark.usefixtures("typed")
def test_nobody_is_asked_anything(project: Path, tmp_path: Path) -> None:
    install(manager(script(tmp_path, 'read answer || echo "end of input" > seen')), project, silent)
    assert read(project) == {"seen": "end of input\n"}


# Failures.


def test_a_failure_keeps_the_log_and_names_it(project: Path, logs: Path, tmp_path: Path) -> None:
    fake = manager(script(tmp_path, "echo fetching; echo 'no such package' >&2; exit 3"))
    error = failure(fake, project)
    assert error.message == "`fake install` failed"
    assert error.tail == ("fetching", "no such package")
    assert error.hint.endswith(f"`{error.log}`")
    assert read(logs) == {error.log.name: "fetching\nno such package\n"}
    assert error.log.name.startswith("fastkit-fake-")
    assert error.exit_code == 1


def test_only_the_last_lines_are_repeated(project: Path, tmp_path: Path) -> None:
    error = failure(manager(script(tmp_path, "seq 100; exit 1")), project)
    assert error.tail == tuple(str(number) for number in range(93, 101))
    assert error.log.read_text().splitlines() == [str(number) for number in range(1, 101)]


def test_a_silent_failure_has_no_lines_to_repeat(project: Path, tmp_path: Path) -> None:
    assert failure(manager(script(tmp_path, "exit 1")), project).tail == ()


def test_a_step_that_fails_is_the_last(project: Path, tmp_path: Path) -> None:
    fake = manager(script(tmp_path, 'touch "$1"; [ "$1" != second ]'), "first", "second", "third")
    assert failure(fake, project).message == "`fake second` failed"
    assert {*read(project)} == {"first", "second"}


def test_a_manager_that_is_gone_is_a_failure(project: Path, tmp_path: Path) -> None:
    error = failure(manager(tmp_path / "gone"), project)
    assert error.message == "`fake install` failed"
    assert error.tail == (f"fake: {os.strerror(errno.ENOENT)}",)


def test_a_manager_that_cannot_be_executed_is_a_failure(project: Path, tmp_path: Path) -> None:
    file = write(tmp_path, {"fake": "just text"}) / "fake"
    assert failure(manager(file), project).tail == (f"fake: {os.strerror(errno.EACCES)}",)


def test_output_that_is_no_utf_8_is_no_failure(project: Path, tmp_path: Path) -> None:
    error = failure(manager(script(tmp_path, "printf 'caf\\351\\n'; exit 1")), project)
    assert error.tail == ("caf\N{REPLACEMENT CHARACTER}",)


NEEDS_FASTAPI = '[project]\nname = "shop"\ndependencies = ["fastapi", "a", "b", "c", "d"]\n'


def test_a_success_that_has_installed_nothing_is_a_failure(project: Path, tmp_path: Path) -> None:
    write(project, {"pyproject.toml": NEEDS_FASTAPI})
    error = failure(manager(script(tmp_path, "echo all is well; mkdir .venv")), project)
    lacks = "the environment of the project lacks `fastapi`, `a`, `b`, and 2 more"
    assert error.message == f"fake reported success, but {lacks}"
    assert "`fake config`" in error.hint
    assert error.log.read_text() == "all is well\n"


def test_a_failure_names_the_settings_that_were_obeyed_without_their_values(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:secret@mirror")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    fake = replace(manager(script(tmp_path, "echo no; exit 1")), obeys=("PIP_INDEX_URL", "PIP_PROXY"))
    assert failure(fake, project).tail == ("no", "your settings that applied: PIP_INDEX_URL")


# Interrupts.


def wait_for(file: Path) -> str:
    for _ in range(1000):
        if file.exists() and (text := file.read_text()).endswith("\n"):
            return text.strip()
        time.sleep(0.01)
    raise AssertionError(f"{file} did not come")


def is_alive(number: int) -> bool:
    state = Path(f"/proc/{number}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


def end(number: int) -> None:
    if is_alive(number):
        os.kill(number, signal.SIGKILL)


STUBBORN = {
    "gentle": "echo $$ > pid; echo started; exec sleep 60",
    "deaf to Ctrl-C": "trap '' INT; echo $$ > pid; echo started; exec sleep 60",
    "deaf to termination": "trap '' INT TERM; echo $$ > pid; echo started; exec sleep 60",
    "tells of Ctrl-C": "trap 'echo heard > heard' INT; echo $$ > pid; echo started; "
    "while :; do sleep 60 & wait $!; done",
    "with a child": "sh -c 'trap \"\" INT; echo $$ > pid; echo started; exec sleep 60' & wait",
}

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")


@linux
@pytest.mark.parametrize(
    "kind",
    [
        "gentle",
        "deaf to Ctrl-C",
        "deaf to termination",
        "with a child",
    ],
)
def test_an_interrupt_ends_the_manager_and_keeps_its_log(
    kind: str, project: Path, logs: Path, tmp_path: Path
) -> None:
    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(InstallInterrupted) as error:
        install(manager(script(tmp_path, STUBBORN[kind])), project, interrupt)
    number = int((project / "pid").read_text())
    alive = is_alive(number)
    end(number)
    assert not alive
    assert error.value.message == "`fake install` was interrupted"
    assert read(logs) == {error.value.log.name: "started\n"}


@linux
def test_an_interrupt_at_its_start_ends_the_manager(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    class Interrupted(subprocess.Popen[str]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            started.append(self.pid)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(InstallInterrupted, match="was interrupted"):
        install(manager(script(tmp_path, STUBBORN["deaf to Ctrl-C"])), project, silent)
    assert len(started) == 1
    assert not is_alive(started[0])


@linux
def test_any_other_trouble_ends_the_manager_too(project: Path, tmp_path: Path) -> None:
    def trouble(line: str) -> None:
        raise ValueError(line)

    with pytest.raises(ValueError, match="started"):
        install(manager(script(tmp_path, STUBBORN["gentle"])), project, trouble)
    assert not is_alive(int((project / "pid").read_text()))


INSTALLING = """\
import sys
from pathlib import Path
from fastkit.machine import processes
from fastkit.making import install
from fastkit.errors import InstallFailed, InstallInterrupted
from fastkit.package_managers import PackageManager, Step
processes.PATIENCE = 1.0
fake = PackageManager("fake", "1", "get", (Step(("fake", "install")),), "run", find=lambda: sys.argv[1])
try:
    install.install(fake, Path.cwd(), Path("reported").write_text)
except InstallFailed as error:
    print(error.message)
"""


@linux
@pytest.mark.parametrize(
    "times",
    [
        1,
        2,
    ],
)
def test_ctrl_c_ends_the_manager_however_often_it_is_pressed(
    times: int, project: Path, tmp_path: Path
) -> None:
    file = script(tmp_path, STUBBORN["tells of Ctrl-C"])
    words = [sys.executable, "-c", INSTALLING, str(file)]
    with subprocess.Popen(
        words, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as fastkit:
        wait_for(project / "reported")
        number = int(wait_for(project / "pid"))
        for _ in range(times):
            fastkit.send_signal(signal.SIGINT)
            wait_for(project / "heard")
        out, _ = fastkit.communicate(timeout=20)
    alive = is_alive(number)
    end(number)
    assert not alive
    assert out == "`fake install` was interrupted\n"


def test_an_error_of_the_system_during_a_step_ends_the_install(project: Path, tmp_path: Path) -> None:
    def refuse(line: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(InstallFailed) as error:
        install(manager(script(tmp_path, "echo begun")), project, refuse)
    assert error.value.message == "`fake install` cannot be run: No space left on device"
