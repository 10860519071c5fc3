"""From a plan to a project, with a small template and small scripts as package managers."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fastkit.errors import Busy, DestinationConflict, DestinationError, Interrupted, TemplateError
from fastkit.machine.disk import locked
from fastkit.making.make import UNTRUSTED, make_project, preview
from fastkit.making.put_in_place import Change
from fastkit.plan import Existing
from tests.support.folders import read, write
from tests.support.plans import PROJECT, RECORDED, TEMPLATE, fake, files_of, git, plan_for, progress

# Files.


def test_a_project_is_its_files_in_a_repository(tmp_path: Path) -> None:
    outcome = make_project(plan_for(tmp_path), progress)
    assert files_of(tmp_path / "work/shop") == PROJECT
    assert [(file.path, file.status) for file in outcome.files] == [
        (path, "create") for path in sorted([*PROJECT, *RECORDED])
    ]
    assert (outcome.in_git, outcome.left, outcome.notes, outcome.trouble) == (True, (), (), None)
    assert git(tmp_path / "work/shop", "log", "--format=%s by %an") == "Start shop from demo by Ada Example"
    assert git(tmp_path / "work/shop", "ls-files").splitlines() == [*RECORDED, "README.md", "src/main.py"]
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["shop"]


def test_folders_above_a_project_are_made(tmp_path: Path) -> None:
    plan = replace(plan_for(tmp_path, git=False), destination=tmp_path / "work/a/b/shop")
    make_project(plan, progress)
    assert list(read(tmp_path / "work")) == [f"a/b/shop/{path}" for path in sorted([*PROJECT, *RECORDED])]


@pytest.mark.parametrize("mine", [None, {}, {"notes.txt": "mine\n"}], ids=["new", "empty", "existing"])
def test_a_template_that_cannot_be_rendered_leaves_all_as_it_was(
    mine: dict[str, str] | None, tmp_path: Path
) -> None:
    plan = plan_for(tmp_path, {"project/z.jinja": "{% if %}"})
    if mine is not None:
        plan.destination.mkdir()
        write(plan.destination, mine)
    before = read(tmp_path)
    with pytest.raises(TemplateError, match=r"^demo/project/z\.jinja:1: "):
        make_project(plan, progress)
    assert read(tmp_path) == before


def test_a_conflict_leaves_all_as_it_was(tmp_path: Path) -> None:
    plan = plan_for(tmp_path)
    write(plan.destination, {"README.md": "mine\n", "notes.txt": ""})
    before = read(tmp_path)
    with pytest.raises(DestinationConflict) as error:
        make_project(plan, progress)
    assert error.value.files == ("README.md",)
    assert read(tmp_path) == before


def test_a_destination_that_exists_is_staged_inside_as_it_may_be_a_disk_of_its_own(
    small_disk: Path, tmp_path: Path
) -> None:
    write(small_disk, {"notes.txt": "mine\n"})
    make_project(replace(plan_for(tmp_path, git=False), destination=small_disk), progress)
    assert files_of(small_disk) == {**PROJECT, "notes.txt": "mine\n"}


@pytest.mark.parametrize("mine", [{}, {"shop/notes.txt": "mine\n", "shop/README.md": "mine\n"}])
def test_a_full_disk_leaves_all_as_it_was(mine: dict[str, str], small_disk: Path, tmp_path: Path) -> None:
    plan = plan_for(tmp_path, {"project/big.txt": "x" * 90_000}, existing=Existing.OVERWRITE)
    write(small_disk, mine)
    with pytest.raises(DestinationError, match=f"^no space left on the disk of `{small_disk}"):
        make_project(replace(plan, destination=small_disk / "shop"), progress)
    assert read(small_disk) == mine


def test_a_read_only_disk_is_named(read_only_disk: Path, tmp_path: Path) -> None:
    with pytest.raises(DestinationError) as error:
        make_project(replace(plan_for(tmp_path), destination=read_only_disk / "there"), progress)
    assert error.value.message == f"the file system is read-only at `{read_only_disk}/there`"
    assert read(read_only_disk) == {"there/mine.txt": "mine\n"}


# The tasks of a template.


def test_tasks_run_in_the_finished_project_and_are_committed(tmp_path: Path) -> None:
    config = {"copier.yml": TEMPLATE["copier.yml"] + "_tasks: ['cp README.md copy.md']\n"}
    make_project(plan_for(tmp_path, config, trust=True), progress)
    assert files_of(tmp_path / "work/shop") == {**PROJECT, "copy.md": "# Shop\n"}
    assert "copy.md" in git(tmp_path / "work/shop", "ls-files")


def test_a_task_that_fails_leaves_the_project(tmp_path: Path) -> None:
    config = {"copier.yml": TEMPLATE["copier.yml"] + "_tasks: ['exit 3']\n"}
    with pytest.raises(TemplateError, match="the task `exit 3` ended with status 3"):
        make_project(plan_for(tmp_path, config, trust=True), progress)
    assert files_of(tmp_path / "work/shop") == PROJECT


# Interrupts.


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


MINE = {"README.md": "mine\n", "notes.txt": ""}


@pytest.mark.parametrize("mine", [None, MINE], ids=["new", "existing"])
@pytest.mark.parametrize("moment", ["write_record", "put_in_place", "start_git", "commit"])
def test_an_interrupt_before_the_install_leaves_all_as_it_was(
    moment: str, mine: dict[str, str] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(tmp_path, existing=Existing.OVERWRITE)
    write(plan.destination.parent, {f"shop/{path}": text for path, text in (mine or {}).items()})
    before = read(tmp_path)
    monkeypatch.setattr(f"fastkit.making.make.{moment}", interrupt)
    with pytest.raises(KeyboardInterrupt):
        make_project(plan, progress)
    assert read(tmp_path) == before


@pytest.mark.parametrize("moment", ["install", "commit"])
@pytest.mark.parametrize("mine", [None, MINE], ids=["new", "existing"])
def test_an_interrupt_from_the_install_on_says_what_is_there(
    mine: dict[str, str] | None, moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = fake(tmp_path, "true")
    plan = plan_for(tmp_path, manager=manager, trust=True, existing=Existing.OVERWRITE)
    write(plan.destination.parent, {f"shop/{path}": text for path, text in (mine or {}).items()})
    monkeypatch.setattr(f"fastkit.making.make.{moment}", interrupt)
    with pytest.raises(Interrupted) as error:
        make_project(plan, progress)
    assert error.value.message == f"interrupted, but the project is already in `{plan.destination}`"
    assert error.value.hint == (
        f"finish it there with `{tmp_path}/fake make`, `{tmp_path}/fake install`, "
        "`git add --all`, `git commit`, or remove it"
    )
    assert {**MINE, **PROJECT}.items() >= files_of(plan.destination).items() >= PROJECT.items()
    assert [path.name for path in plan.destination.parent.iterdir()] == ["shop"]


def test_an_interrupt_of_the_tasks_says_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {"copier.yml": TEMPLATE["copier.yml"] + "_tasks: ['cp README.md copy.md']\n"}
    monkeypatch.setattr("fastkit.making.make.run_tasks", interrupt)
    with pytest.raises(Interrupted):
        make_project(plan_for(tmp_path, config, trust=True), progress)
    assert files_of(tmp_path / "work/shop") == PROJECT


def test_an_interrupt_before_a_project_is_made_again_says_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(tmp_path)
    make_project(plan, progress)
    monkeypatch.setattr("fastkit.making.make.write_record", interrupt)
    with pytest.raises(KeyboardInterrupt):
        make_project(plan, progress)


# Two runs in one place.

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no locks on folders")


@posix
def test_one_of_two_runs_in_a_folder_is_told(tmp_path: Path) -> None:
    plan = plan_for(tmp_path)
    plan.destination.mkdir()
    with locked(plan.destination), pytest.raises(Busy) as error:
        make_project(plan, progress)
    assert error.value.message == f"another fastkit is running in `{plan.destination}`"
    assert read(plan.destination) == {}
    make_project(plan, progress)
    assert files_of(plan.destination) == PROJECT


@posix
@pytest.mark.parametrize("there", [True, False])
def test_nobody_else_is_let_in_until_the_first_commit(there: bool, tmp_path: Path) -> None:
    second = f"{sys.executable} -c 'from fastkit.machine.disk import lock; lock(\".\", False)'"
    manager = fake(tmp_path, f"{second} 2>&1 | tail -1 | grep -c Busy >> {tmp_path}/told")
    plan = plan_for(tmp_path, manager=manager, trust=True)
    if there:
        plan.destination.mkdir()
    make_project(plan, progress)
    assert (tmp_path / "told").read_text().splitlines()[-2:] == ["1", "1"]
    with locked(plan.destination):
        pass


def test_temporary_folders_of_a_run_that_was_killed_are_not_committed(tmp_path: Path) -> None:
    plan = plan_for(tmp_path)
    write(plan.destination, {".fastkit-12345678/shop/a.txt": "", "deep/.fastkit-1/b": ""})
    make_project(plan, progress)
    assert not [path for path in git(plan.destination, "ls-files").splitlines() if ".fastkit-" in path]


# Looking first.


@pytest.mark.parametrize("mine", [{}, {"README.md": "mine\n", "notes.txt": ""}], ids=["new", "existing"])
def test_a_preview_writes_nothing(
    mine: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(tmp_path)
    write(plan.destination, mine)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    before = read(tmp_path), (tmp_path / "work").stat().st_mtime_ns
    found = preview(plan)
    assert (read(tmp_path), (tmp_path / "work").stat().st_mtime_ns) == before
    assert [change.path for change in found] == sorted([*PROJECT, *RECORDED])
    if mine:
        assert found[3] == Change(
            "README.md",
            7,
            "conflict",
            "--- README.md (yours)\n+++ README.md (new)\n@@ -1 +1 @@\n-mine\n+# Shop",
        )


def test_a_preview_says_what_a_run_then_does(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, existing=Existing.KEEP, git=False)
    write(plan.destination, {"README.md": "mine\n", "src/main.py": ""})
    assert preview(plan) == make_project(plan, progress).files


# Installing.


@posix
def test_what_the_install_leaves_is_committed_but_for_the_environment(tmp_path: Path) -> None:
    manager = fake(tmp_path, "mkdir -p .venv; touch .venv/x; echo $1 >> fake.lock")
    outcome = make_project(plan_for(tmp_path, manager=manager, trust=True), progress)
    assert (outcome.left, outcome.trouble) == ((), None)
    assert (tmp_path / "work/shop/fake.lock").read_text() == "make\ninstall\n"
    assert git(tmp_path / "work/shop", "ls-files").splitlines() == [
        *RECORDED,
        "README.md",
        "fake.lock",
        "src/main.py",
    ]
    assert git(tmp_path / "work/shop", "status", "--porcelain") == ""


@posix
def test_an_install_that_fails_leaves_a_whole_project_and_its_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    outcome = make_project(
        plan_for(tmp_path, manager=fake(tmp_path, "echo no network; exit 1"), trust=True), progress
    )
    assert outcome.left == (f"{tmp_path}/fake make", f"{tmp_path}/fake install")
    assert outcome.trouble is not None
    assert outcome.trouble.message == "`fake make` failed"
    assert outcome.trouble.tail == ("no network",)
    assert outcome.trouble.log.read_text() == "no network\n"
    assert files_of(tmp_path / "work/shop") == PROJECT
    assert git(tmp_path / "work/shop", "rev-list", "--count", "HEAD") == "1"


@posix
def test_without_install_the_commands_are_left(tmp_path: Path) -> None:
    outcome = make_project(
        plan_for(tmp_path, manager=fake(tmp_path, "touch ran"), install=False, trust=True), progress
    )
    assert (outcome.left, outcome.trouble) == ((f"{tmp_path}/fake make", f"{tmp_path}/fake install"), None)
    assert files_of(tmp_path / "work/shop") == PROJECT


@posix
def test_a_template_of_others_is_not_installed_and_the_reason_is_given(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, manager=fake(tmp_path, "touch ran"))
    outcome = make_project(plan, progress)
    assert outcome.left == (f"{tmp_path}/fake make", f"{tmp_path}/fake install")
    assert (outcome.notes, outcome.trouble) == ((UNTRUSTED,), None)
    assert files_of(tmp_path / "work/shop") == PROJECT


@posix
@pytest.mark.parametrize("source", ["bundled", "user", "installed"])
def test_a_template_that_the_user_has_put_in_place_is_installed(source: str, tmp_path: Path) -> None:
    plan = plan_for(tmp_path, source=source, manager=fake(tmp_path, "touch ran"))
    outcome = make_project(plan, progress)
    assert (outcome.left, outcome.notes) == ((), ())
    assert files_of(tmp_path / "work/shop") == {**PROJECT, "ran": ""}


def test_without_a_package_manager_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert make_project(plan_for(tmp_path), progress).notes == ()


@posix
def test_progress_shows_what_is_done_and_each_line(tmp_path: Path) -> None:
    shown = []

    @contextmanager
    def show(text: str) -> Iterator[Callable[[str], None]]:
        shown.append(text)
        yield lambda line: shown.append(line)
        shown.append("done")

    make_project(plan_for(tmp_path, manager=fake(tmp_path, "echo $1"), trust=True), show)
    assert shown == ["Installing with fake", "make\n", "install\n", "done"]
