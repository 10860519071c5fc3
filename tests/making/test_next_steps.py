"""What to type once a project is made."""

from pathlib import Path

import pytest

from fastkit.making.make import Outcome
from fastkit.making.next_steps import next_steps, repeating_command
from fastkit.making.put_in_place import Change
from fastkit.package_managers import PACKAGE_MANAGERS
from fastkit.plan import Existing
from tests.support.plans import plan_for


def test_the_next_steps_fit_what_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan = plan_for(tmp_path, manager=PACKAGE_MANAGERS["uv"])
    files = tuple(Change(path, 1, "create") for path in ("src/main.py", "tests/test_a.py"))
    assert next_steps(plan, Outcome(files, left=("uv sync",))) == [
        "cd work/shop",
        "uv sync",
        PACKAGE_MANAGERS["uv"].run("pytest"),
        "fastkit runserver",
    ]
    monkeypatch.chdir(plan.destination.parent)
    assert next_steps(plan, Outcome(files[:0])) == ["cd shop"]


def test_the_repeating_command_has_every_option_that_matters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plan = plan_for(
        tmp_path,
        trust=True,
        manager=PACKAGE_MANAGERS["pip"],
        install=False,
        git=False,
        existing=Existing.OVERWRITE,
    )
    assert repeating_command(plan, "./demo") == (
        "fastkit startdemo ./demo --project-name shop --set name=Shop --package-manager pip --output work "
        "--no-install --no-git --trust --force --yes"
    )
