"""A plan that exists can be carried out."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from fastkit.catalog.questions import Answers
from fastkit.errors import DestinationError, ManagerUnavailable
from fastkit.package_managers import PackageManager, Step
from fastkit.plan import Plan, Recipe, check_destination, make_plan
from tests.support.folders import write, write_template

ABSENT = PackageManager(
    "fake", "1.0", "get fake", (Step(("fake", "install")),), "fake run", find=lambda: None
)


def recipe_in(tmp_path: Path, source: str = "folder", *, trust: bool = True) -> Recipe:
    template = write_template(tmp_path / "demo", {"copier.yml": ""})
    return Recipe(replace(template, source=source), Answers(), "shop", trust=trust)


def test_a_missing_package_manager_is_refused_where_it_is_to_install(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    with pytest.raises(ManagerUnavailable):
        make_plan(recipe_in(tmp_path), project, ABSENT)
    assert make_plan(recipe_in(tmp_path), project, ABSENT, install=False).manager is ABSENT
    assert make_plan(recipe_in(tmp_path, trust=False), project, ABSENT).manager is ABSENT


@pytest.mark.parametrize(("source", "installs"), [("user", True), ("installed", True), ("git", False)])
def test_only_what_the_user_has_put_in_place_is_installed_without_trust(
    source: str, installs: bool, tmp_path: Path
) -> None:
    plan = Plan(recipe_in(tmp_path, source, trust=False), tmp_path / "shop", ABSENT)
    assert plan.installs is installs
    assert not replace(plan, install=False).installs


def test_no_plan_is_made_for_a_destination_that_cannot_be_written(tmp_path: Path) -> None:
    write(tmp_path, {"shop": ""})
    with pytest.raises(DestinationError):
        make_plan(recipe_in(tmp_path), tmp_path / "shop")


@pytest.mark.parametrize("destination", ["new", "deep/er/new", "there", "link"])
def test_a_folder_that_is_there_or_can_be_made_is_a_destination(destination: str, tmp_path: Path) -> None:
    write(tmp_path, {"there/x": "", "link": "-> there"})
    check_destination(tmp_path / destination)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "there"]


@pytest.mark.parametrize(
    ("destination", "message"),
    [
        ("file", "`{}/file` is a file"),
        ("file/new", "`{}/file` is not a folder"),
        ("file/new/deep", "`{}/file` is not a folder"),
        ("dangling", "`{}/dangling` is a link to nowhere"),
    ],
)
def test_what_is_no_folder_is_no_destination(destination: str, message: str, tmp_path: Path) -> None:
    write(tmp_path, {"file": "", "dangling": "-> nowhere"})
    with pytest.raises(DestinationError) as error:
        check_destination(tmp_path / destination)
    assert error.value.message == message.format(tmp_path)


def test_a_name_that_no_disk_can_hold_is_no_destination(tmp_path: Path) -> None:
    with pytest.raises(DestinationError):
        check_destination(tmp_path / ("x" * 1000))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_no_destination(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DestinationError, match="cannot write in"):
        check_destination(tmp_path / "new")


def test_a_read_only_disk_is_no_destination(tmp_path: Path, read_only_disk: Path) -> None:
    for destination in (read_only_disk / "new", read_only_disk / "there"):
        with pytest.raises(DestinationError, match="cannot write in"):
            check_destination(destination)
