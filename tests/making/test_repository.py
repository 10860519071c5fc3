"""A new project begins a repository of its own, or stays in the one around it."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fastkit.catalog.questions import Answers
from fastkit.making.make import make_project
from fastkit.making.repository import reason
from tests.support.folders import read, write
from tests.support.plans import PROJECT, RECORDED, fake, files_of, git, plan_for, progress


def test_a_project_in_a_repository_starts_none(tmp_path: Path) -> None:
    plan = plan_for(tmp_path)
    git(tmp_path / "work", "init", "--quiet")
    outcome = make_project(plan, progress)
    assert (outcome.in_git, outcome.notes) == (False, ())
    assert files_of(plan.destination) == PROJECT
    assert git(tmp_path / "work", "status", "--porcelain") == "?? shop/"


@pytest.mark.parametrize("rules", ["*\n", "shop\n", "/shop/\n", "shop/*\n", "*\n!*/\n"])
def test_a_project_that_the_repository_around_it_ignores_has_its_own(rules: str, tmp_path: Path) -> None:
    plan = plan_for(tmp_path)
    git(write(tmp_path / "work", {".gitignore": rules}), "init", "--quiet")
    outcome = make_project(plan, progress)
    assert (outcome.in_git, outcome.notes) == (True, ())
    assert git(plan.destination, "ls-files").splitlines() == [*RECORDED, "README.md", "src/main.py"]
    assert not git(plan.destination, "status", "--porcelain")


def test_what_the_repository_around_a_project_keeps_out_is_said(tmp_path: Path) -> None:
    git(write(tmp_path / "work", {".gitignore": "*.xz\n"}), "init", "--quiet")
    outcome = make_project(plan_for(tmp_path), progress)
    assert not outcome.in_git
    (note,) = outcome.notes
    assert note.startswith("the project's repository ignores `.fastkit/baseline.tar.xz`: ")


def broken(folder: Path) -> None:
    git(folder, "init", "--quiet")
    (folder / ".git/HEAD").write_text("nonsense\n")


def others(folder: Path) -> None:
    git(folder, "init", "--quiet")
    for path in (folder / ".git", folder):
        os.chown(path, 12345, 12345)


as_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="root alone gives files away")

REFUSED = [broken, pytest.param(others, marks=as_root)]


@pytest.mark.parametrize("spoil", REFUSED)
def test_a_repository_that_git_cannot_use_is_said(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    plan = plan_for(tmp_path)
    spoil(tmp_path / "work")
    outcome = make_project(plan, progress)
    assert outcome.in_git
    (note,) = outcome.notes
    assert note.startswith(
        f"the project has a repository of its own, as git cannot use the repository in `{tmp_path}/work`: "
    )


@pytest.mark.parametrize("spoil", REFUSED)
def test_a_repository_of_the_destination_that_git_cannot_use_stays_as_it_is(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    plan = plan_for(tmp_path)
    plan.destination.mkdir()
    spoil(plan.destination)
    before = {path: text for path, text in read(plan.destination).items() if path.startswith(".git/")}
    outcome = make_project(plan, progress)
    assert not outcome.in_git
    (note,) = outcome.notes
    assert note.startswith(f"git cannot use the repository in `{plan.destination}`: ")
    assert {path: text for path, text in read(plan.destination).items() if path.startswith(".git/")} == before


def test_a_repository_out_of_reach_is_no_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_for(tmp_path)
    git(tmp_path / "work", "init", "--quiet")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path / "work"))
    outcome = make_project(plan, progress)
    assert (outcome.in_git, outcome.notes) == (True, ())


@pytest.fixture
def ignoring(home: Path) -> Callable[[str], None]:
    """Sets what the user ignores in every repository."""

    def ignore(rules: str) -> None:
        write(home, {".ignored": rules})
        with (home / ".gitconfig").open("a") as settings:
            settings.write(f"[core]\n    excludesFile = {home}/.ignored\n")

    return ignore


@pytest.mark.parametrize("rules", ["*.xz\n", ".fastkit\n", "*.yml\n", "*\n"])
def test_nothing_keeps_the_record_out_of_the_first_commit(
    rules: str, ignoring: Callable[[str], None], tmp_path: Path
) -> None:
    ignoring(rules)
    by_template = plan_for(tmp_path, {"project/.gitignore": rules})
    make_project(by_template, progress)
    assert {*RECORDED} <= {*git(by_template.destination, "ls-files").splitlines()}


def test_what_the_user_ignores_of_a_template_is_said(ignoring: Callable[[str], None], tmp_path: Path) -> None:
    ignoring("*.md\n*.lock\n*.txt\n.env\n")
    files = {"project/.gitignore": "*.txt\n", "project/a.txt": ""}
    plan = plan_for(tmp_path, files, manager=fake(tmp_path, "touch fake.lock"), trust=True)
    outcome = make_project(plan, progress)
    assert outcome.notes == (
        "your git configuration ignores `README.md`: commit with `git add --force` what the project needs",
    )
    listed = git(plan.destination, "ls-files").splitlines()
    assert listed == [*RECORDED, ".gitignore", "fake.lock", "src/main.py"]


def test_a_lockfile_that_the_template_ignores_is_not_committed(tmp_path: Path) -> None:
    files = {"project/.gitignore": "fake.lock\n"}
    plan = plan_for(tmp_path, files, manager=fake(tmp_path, "touch fake.lock"), trust=True)
    outcome = make_project(plan, progress)
    assert outcome.notes == ()
    assert "fake.lock" not in git(plan.destination, "ls-files").splitlines()


def test_no_repository_is_started_where_none_is_wanted(tmp_path: Path) -> None:
    outcome = make_project(plan_for(tmp_path, git=False), progress)
    assert (outcome.in_git, outcome.notes) == (False, ())
    assert files_of(tmp_path / "work/shop") == PROJECT


def test_without_git_the_project_is_made_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = make_project(plan_for(tmp_path), progress)
    assert outcome.notes == ("git is not installed, so the project is in no repository yet",)
    assert not outcome.in_git
    assert files_of(tmp_path / "work/shop") == PROJECT


@pytest.mark.usefixtures("nobody")
def test_without_an_identity_the_commit_is_by_the_author_and_it_is_said(tmp_path: Path) -> None:
    answers = Answers({"name": "Shop", "author": "Grace", "author_email": "grace@example.com"})
    plan = plan_for(tmp_path, answers=answers)
    outcome = make_project(plan, progress)
    assert outcome.notes == (
        "git does not know you yet, so the first commit is by Grace <grace@example.com>",
    )
    assert git(plan.destination, "log", "--format=%an <%ae>") == "Grace <grace@example.com>"


@pytest.mark.usefixtures("nobody")
def test_without_anybody_the_commit_is_by_the_project(tmp_path: Path) -> None:
    outcome = make_project(plan_for(tmp_path), progress)
    assert outcome.notes == ("git does not know you yet, so the first commit is by shop <shop@localhost>",)
    assert outcome.in_git


def test_a_repository_that_git_refuses_is_told(tmp_path: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("[init]\n    defaultBranch = 'a b'\n")
    outcome = make_project(plan_for(tmp_path), progress)
    assert not outcome.in_git
    assert len(outcome.notes) == 1
    assert outcome.notes[0].startswith("git refused to begin a repository: ")
    assert files_of(tmp_path / "work/shop") == PROJECT


def test_a_reason_is_in_the_words_of_the_system() -> None:
    assert reason(OSError(errno.ENOSPC, "No space left on device")) == "No space left on device"
    assert reason(OSError("odd")) == "odd"
