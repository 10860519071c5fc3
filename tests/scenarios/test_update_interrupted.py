"""`fastkit update` killed at any of its steps: the repository is intact, and the undo restores everything."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from fastkit.errors import NotReady
from fastkit.update.prepare import prepared
from fastkit.update.request import Request
from fastkit.update.undo import undo
from tests.support.command_line import FASTKIT, Run, clean_environment, fastkit
from tests.support.faults import Fault, Killed, faulty
from tests.support.folders import tree
from tests.support.living import World, change, content, git
from tests.support.update_cases import PROSE, Case, edited

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the tool is a script for a POSIX shell")

CASE = Case(
    "something of everything",
    before={"a.txt": PROSE, "b.txt": PROSE, "old/c.txt": "c\n", ".gitignore": ".env\n", ".env": "A=1\n"},
    after={
        "a.txt": edited((18, "theirs")),
        "b.txt": edited((10, "theirs")),
        "old/c.txt": None,
        "new/d.txt": "d\n",
        "new/e.txt": "e\n",
    },
    owner={"a.txt": edited((3, "mine")), "b.txt": edited((10, "mine")), ".env": "A=s3cret\n"},
)

TOOL = """\
#!/bin/sh
# Counts the calls of git; at the chosen one, it kills the caller
count=$(($(cat "$COUNT") + 1))
echo $count > "$COUNT"
kill_caller() {{ kill -{signal} $PPID; sleep 5; exit 1; }}
if [ $count = "$STOP" ] && [ "$WHEN" = before ]; then kill_caller; fi
{git} "$@"
status=$?
if [ $count = "$STOP" ] && [ "$WHEN" = after ]; then kill_caller; fi
exit $status
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "templates"))
    (tmp_path / "place").mkdir()
    return World(tmp_path / "templates", tmp_path / "place")


class Tool:
    """A git that can kill the fastkit that calls it."""

    def __init__(self, folder: Path, number: signal.Signals) -> None:
        self.count = folder / "count"
        text = TOOL.format(git=shutil.which("git"), signal=int(number))
        (change(folder / "tools", {"git": text}) / "git").chmod(0o755)
        self.path = f"{folder}/tools{os.pathsep}{os.environ['PATH']}"

    def update(self, project: Path, templates: Path, stop: int = 0, when: str = "before") -> int:
        """The status of an update that is killed at git's call number `stop`."""
        self.count.write_text("0")
        own = {"STOP": str(stop), "WHEN": when, "COUNT": str(self.count)}
        env = clean_environment(FASTKIT_TEMPLATES=str(templates), **own) | {"PATH": self.path}
        done = subprocess.run(
            [*FASTKIT, "update", "-y"], cwd=project, env=env, capture_output=True, timeout=60, check=False
        )
        return done.returncode

    @property
    def calls(self) -> int:
        return int(self.count.read_text())


def check_settled(project: Path, before: dict[str, bytes], templates: Path) -> None:
    """Nothing is lost, and the undo of the hint restores everything."""
    subprocess.run(["git", "fsck", "--strict"], cwd=project, check=True, capture_output=True)
    assert content(project)[".env"] == b"A=s3cret\n"
    with suppress(NotReady):
        undo(project)
    assert content(project) == before
    assert git(project, "status", "--porcelain") == ""


def update_again(project: Path, templates: Path) -> Run:
    return fastkit("update", "-y", cwd=project, env={"FASTKIT_TEMPLATES": str(templates)})


@pytest.mark.parametrize(
    ("number", "when"),
    [
        (signal.SIGKILL, "before"),
        pytest.param(signal.SIGKILL, "after", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, "before", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, "after", marks=pytest.mark.slow),
    ],
    ids=["killed before", "killed after", "ctrl-c before", "terminated after"],
)
def test_an_update_can_be_stopped_at_each_call_of_git(
    number: signal.Signals, when: str, world: World, tmp_path: Path
) -> None:
    project = world.begin(CASE)
    before = content(project)
    tool = Tool(tmp_path, number)
    assert tool.update(project, world.templates) == 3
    whole, calls = content(project), tool.calls
    assert calls > 10
    undo(project)
    for stop in range(1, calls + 1):
        assert content(project) == before
        code = tool.update(project, world.templates, stop, when)
        assert code == -signal.SIGKILL if number is signal.SIGKILL else code in (130, 1, 3), stop
        check_settled(project, before, world.templates)
    assert update_again(project, world.templates).code == 3
    assert content(project) == whole


def test_an_update_killed_at_any_change_is_undone_completely(world: World) -> None:
    project = world.begin(CASE)
    before = tree(project)
    halves = 0
    with prepared(project, Request(), None) as found:
        with faulty(Fault()) as none:
            found.apply()
        undo(project)
        for at in range(1, none.count + 1):
            with suppress(Killed), faulty(Fault(at, "killed")):
                found.apply()
            halves += tree(project) != before
            with suppress(NotReady):
                undo(project)
            assert tree(project) == before
            assert git(project, "status", "--porcelain") == ""
        assert halves > 10
        found.apply()


CHANGED = [".fastkit/baseline.tar.xz", ".fastkit/project.yml", "a.txt", "b.txt", "new/d.txt", "new/e.txt"]


def test_a_stopped_update_is_reported_with_the_way_out(world: World) -> None:
    project = world.begin(CASE)
    before = tree(project)
    with prepared(project, Request(), None) as found:
        with faulty(Fault()) as none:
            found.apply()
        undo(project)
        with suppress(Killed), faulty(Fault(none.count - 8, "killed")):
            found.apply()
    assert tree(project) != before
    run = update_again(project, world.templates)
    assert run.error_lines == [
        "error: an update of the project was stopped before its end",
        "hint: undo what it left with `fastkit update --undo`",
    ]
    run = fastkit("update", "--undo", "--json", cwd=project)
    assert run.code == 0
    assert run.answer["undone"] == [*CHANGED, "old/c.txt"]
    assert tree(project) == before
    run = fastkit("update", "--undo", cwd=project)
    assert run.error_lines == [
        "error: there is no update to take back",
        "hint: `git revert` undoes a commit",
    ]
    assert update_again(project, world.templates).code == 3


def test_only_a_stopped_update_is_reported_as_one(world: World) -> None:
    project = world.begin(CASE)
    change(project, {"a.txt": "mine\n"})
    run = update_again(project, world.templates)
    assert run.error_lines == [
        "error: there are changes that are not committed: `a.txt`",
        "hint: commit or stash them first",
    ]


def test_a_disk_that_refuses_the_files_leaves_the_project_as_it_was(world: World, tmp_path: Path) -> None:
    project = world.begin(CASE)
    before = content(project)
    text = (
        '#!/bin/sh\ncase "$*" in *checkout-index*)\n'
        f"  {shutil.which('git')} checkout-index --force -- new/d.txt\n"
        '  echo "fatal: no space left on device" >&2; exit 1;;\nesac\n'
        f'exec {shutil.which("git")} "$@"\n'
    )
    (change(tmp_path / "tools", {"git": text}) / "git").chmod(0o755)
    env = {
        "FASTKIT_TEMPLATES": str(world.templates),
        "PATH": f"{tmp_path}/tools{os.pathsep}{os.environ['PATH']}",
    }
    run = fastkit("update", "-y", cwd=project, env=env)
    assert (run.code, len(run.error_lines)) == (1, 2)
    assert run.error_lines[0] == ("error: the update cannot be put in place: fatal: no space left on device")
    assert content(project) == before
    assert git(project, "status", "--porcelain") == ""
