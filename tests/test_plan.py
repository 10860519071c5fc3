"""A plan that exists can be carried out."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from fastkit.catalog.questions import Answers
from fastkit.errors import DestinationError, ManagerUnavailable, UntrustedTemplate
from fastkit.package_managers import PackageManager, Step
from fastkit.plan import Plan, check_destination, make_plan
from tests.support.folders import write, write_template

ABSENT = PackageManager(
    "fake", "1.0", "get fake", (Step(("fake", "install")),), "fake run", find=lambda: None
)


def plan_for(tmp_path: Path, config: str = "", *, trust: bool = True, install: bool = True) -> Plan:
    template = write_template(tmp_path / "demo", {"copier.yml": config})
    return Plan(template, Answers(), tmp_path / "shop", ABSENT, install=install, trust=trust)


def test_a_plan_is_named_as_its_destination(tmp_path: Path) -> None:
    assert plan_for(tmp_path).name == "shop"


def test_a_plan_that_can_be_carried_out_stays_as_it_is(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, install=False)
    assert make_plan(plan) is plan


def test_a_template_that_runs_code_needs_trust(tmp_path: Path) -> None:
    config = "_tasks: [make]\n_jinja_extensions: [a.B]"
    with pytest.raises(UntrustedTemplate, match=r"\(tasks, Jinja extensions\)"):
        make_plan(plan_for(tmp_path, config, trust=False, install=False))
    make_plan(plan_for(tmp_path, config, trust=True, install=False))


def test_a_missing_package_manager_is_refused_where_it_is_to_install(tmp_path: Path) -> None:
    with pytest.raises(ManagerUnavailable):
        make_plan(plan_for(tmp_path, install=True))
    make_plan(plan_for(tmp_path, install=False))
    make_plan(plan_for(tmp_path, trust=False))


@pytest.mark.parametrize(("source", "installs"), [("user", True), ("installed", True), ("git", False)])
def test_only_what_the_user_has_put_in_place_is_installed_without_trust(
    source: str, installs: bool, tmp_path: Path
) -> None:
    plan = plan_for(tmp_path, trust=False)
    assert replace(plan, template=replace(plan.template, source=source)).installs is installs
    assert not plan_for(tmp_path, trust=True, install=False).installs


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


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_no_destination(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DestinationError, match="cannot write in"):
        check_destination(tmp_path / "new")


def test_a_read_only_disk_is_no_destination(tmp_path: Path, read_only_disk: Path) -> None:
    for destination in (read_only_disk / "new", read_only_disk / "there"):
        with pytest.raises(DestinationError, match="cannot write in"):
            check_destination(destination)
