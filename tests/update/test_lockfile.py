"""The lockfile of a project whose requirements an update changes."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from fastkit.update import lockfile
from fastkit.update.lockfile import with_lockfile
from fastkit.update.prepare import prepared
from fastkit.update.request import Request
from tests.support.command_line import Run, clean_environment, fastkit
from tests.support.folders import tree, write
from tests.support.living import World, commit, git, silently

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the package manager is a script for a POSIX shell")

UV = """\
#!/bin/sh
[ "$1" = --version ] && { echo uv 99.0; exit; }
echo "$1 in $(basename "$(dirname "$PWD")")" >> "$CALLS"
[ -n "$FAILS" ] && { echo resolving; echo "no network" >&2; exit 2; }
cat pyproject.toml > uv.lock
"""
"""Locks a project by copying its requirements."""

BEFORE, AFTER = "[project]\ndependencies = [\n  'a',\n]\n", "[project]\ndependencies = [\n  'a',\n  'b',\n]\n"

SETTINGS = "package_manager: {type: str, default: uv}\n"


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the fake `uv`, the first on PATH, notes each call."""
    uv = write(tmp_path / "tools", {"uv": UV}) / "uv"
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{uv.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return tmp_path / "calls"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: Path) -> World:
    """A project with a lockfile, and a newer template whose projects require more."""
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "templates"))
    world = World(tmp_path / "templates", tmp_path / "work")
    world.place.mkdir()
    world.template("1.0.0", {"pyproject.toml": BEFORE, "README.md": "one\n"}, SETTINGS)
    write(world.start(), {"uv.lock": BEFORE, "mine.txt": "mine\n"})
    commit(world.project)
    world.template("1.1.0", {"pyproject.toml": AFTER, "README.md": "one\n"}, SETTINGS)
    return world


def update(world: World, *words: str, env: dict[str, str] | None = None) -> Run:
    usual = {name: os.environ[name] for name in ("PATH", "CALLS", "FASTKIT_TEMPLATES", "GIT_CONFIG_GLOBAL")}
    return fastkit("update", "--yes", *words, cwd=world.project, env={**usual, **(env or {})})


def steps(run: Run) -> list[str]:
    """The steps after `git diff`."""
    after = run.out[run.out.index("\nNext steps:\n") :].split("\n\n")[0]
    return [line.strip() for line in after.splitlines()[3:]]


def test_the_lockfile_is_updated_and_staged_with_the_rest(world: World) -> None:
    run = update(world)
    assert (run.code, steps(run)) == (0, ["uv sync", "git commit -m 'Take demo 1.1.0'"])
    assert (world.project / "uv.lock").read_text() == AFTER
    assert "M  uv.lock" in git(world.project, "status", "--porcelain").splitlines()
    assert git(world.project, "status", "--porcelain").count("??") == 0
    assert "\n3 files have changed" in run.out


def test_the_undo_restores_the_lockfile(world: World) -> None:
    before = tree(world.project)
    typed = update(world).command_after("To take all of it back")
    subprocess.run(["sh", "-c", typed], cwd=world.project, env=clean_environment(), check=True)
    assert tree(world.project) == before


def test_locking_runs_in_a_copy_beside_the_project(world: World, calls: Path) -> None:
    update(world)
    assert calls.read_text() == "lock in work\n"
    assert [path.name for path in world.place.iterdir()] == ["shop"]


def test_json_lists_the_lockfile(world: World) -> None:
    data = update(world, "--json").answer
    assert {"path": "uv.lock", "status": "change"} in data["files"]
    assert (data["notes"], data["next"][1]) == ([], "uv sync")


def test_when_the_manager_fails_the_next_steps_lock_before_the_commit(world: World) -> None:
    run = update(world, env={"FAILS": "1"})
    assert run.code == 0
    assert "note: `uv.lock` does not fit yet: `uv lock` failed: no network" in run.out
    assert steps(run) == ["uv lock", "git add uv.lock", "uv sync", "git commit -m 'Take demo 1.1.0'"]
    assert (world.project / "uv.lock").read_text() == BEFORE
    assert "uv.lock" not in git(world.project, "status", "--porcelain")


def test_requirements_of_the_owner_are_locked_with_the_templates(world: World) -> None:
    write(world.project, {"pyproject.toml": BEFORE.replace("'a',", "'a',\n  'mine',")})
    commit(world.project)
    run = update(world)
    assert run.code == 0
    assert sorted((world.project / "uv.lock").read_text().split("\n")[2:-2]) == [
        "  'a',",
        "  'b',",
        "  'mine',",
    ]


def test_with_conflicts_the_locking_is_left_to_the_owner(world: World, calls: Path) -> None:
    write(world.project, {"pyproject.toml": "[project]\ndependencies = 'a'\n"})
    commit(world.project)
    run = update(world)
    assert (run.code, steps(run)[:2]) == (3, ["uv lock", "git add uv.lock"])
    assert not calls.exists()


@pytest.mark.parametrize("switch", ["--dry-run", "--check"])
def test_a_dry_run_does_not_lock(switch: str, world: World, calls: Path) -> None:
    update(world, switch)
    assert not calls.exists()


def test_without_trust_the_project_of_an_outside_template_is_not_locked(world: World, calls: Path) -> None:
    template = f"--template={world.templates}/demo"
    run = update(world, template)
    assert steps(run)[:2] == ["uv lock", "git add uv.lock"]
    assert not calls.exists()
    git(world.project, "reset", "--quiet", "--hard")
    assert steps(update(world, template, "--trust"))[0] == "uv sync"
    assert calls.exists()


def test_a_project_without_a_lockfile_does_not_get_one(world: World, calls: Path) -> None:
    (world.project / "uv.lock").unlink()
    commit(world.project)
    assert steps(update(world))[:2] == ["uv lock", "git add uv.lock"]
    assert not calls.exists()


def test_a_lockfile_that_git_ignores_is_not_added(world: World) -> None:
    (world.project / "uv.lock").unlink()
    write(world.project, {".gitignore": "uv.lock\n"})
    commit(world.project)
    assert steps(update(world))[:2] == ["uv lock", "uv sync"]


def test_an_update_that_leaves_the_requirements_alone_does_not_lock(world: World, calls: Path) -> None:
    world.template("1.1.0", {"pyproject.toml": BEFORE, "README.md": "two\n"}, SETTINGS)
    assert steps(update(world)) == ["git commit -m 'Take demo 1.1.0'"]
    assert not calls.exists()


def test_locking_that_takes_too_long_is_ended(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "tools", {"uv": "#!/bin/sh\nexec sleep 60\n"})
    monkeypatch.setattr(lockfile, "SECONDS", 0.2)
    with prepared(world.project, Request(), None) as found:
        locked = with_lockfile(found, silently)
    assert not locked.is_locked
    assert locked.lock_problem.endswith("it took longer than 0.2 seconds")


def test_a_lockfile_keeps_its_mode(world: World) -> None:
    (world.project / "uv.lock").chmod(0o755)
    commit(world.project)
    update(world)
    assert (world.project / "uv.lock").stat().st_mode & stat.S_IXUSR


def test_the_next_steps_begin_in_the_folder_of_the_project(world: World) -> None:
    write(world.project, {"src/x.py": ""})
    commit(world.project)
    run = fastkit(
        "update",
        "--yes",
        cwd=world.project / "src",
        env={"PATH": os.environ["PATH"], "CALLS": os.devnull, "FASTKIT_TEMPLATES": str(world.templates)},
    )
    assert run.command_after("Next steps") == f"cd {world.project}"
