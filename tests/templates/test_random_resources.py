"""Random resources pass what the project checks: format, lint, types and their own tests."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proofs import flagship, sql
from tests.proofs.flagship import clean_environment
from tests.support.command_line import fastkit
from tests.support.demo import WORDS
from tests.support.living import commit
from tests.support.random_fields import fields

pytestmark = pytest.mark.slow

EACH = 8 if "FASTKIT_PROOF" in os.environ else 5
"""Resources in a project. More of them take less time for each, and lead to each other."""

PROJECTS = 38 if "FASTKIT_PROOF" in os.environ else 1

CHECKS = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy", "."))


JSON = "json"
"""The kind of database of a project without tables."""


@pytest.mark.parametrize("kind", (JSON, *sql.KINDS))
@pytest.mark.parametrize("seed", range(PROJECTS))
def test_random_resources_are_as_somebody_would_write_them(seed: int, kind: str, tmp_path: Path) -> None:
    if kind != JSON and (reason := sql.why_not(kind)):
        pytest.skip(reason)
    if kind == "postgresql" and seed % 4:
        pytest.skip("a quarter is tried on PostgreSQL")
    template = flagship.TEMPLATE if kind == JSON else sql.TEMPLATE
    made = fastkit("startdemo", template, *WORDS, "--package-manager=pip", "--no-install", "--yes", cwd=tmp_path)
    assert made.code == 0, made
    project, chance = tmp_path / "shop", random.Random(f"{kind} {seed}")
    names = [f"thing{letter}" for letter in "abcdefgh"[:EACH]]
    for number, name in enumerate(names):
        targets = ("users", "items", *(f"{other}s" for other in names[:number])) if kind != JSON else ()
        added = fastkit("resource", "add", name, *fields(chance, targets, f"{name}s"), "--yes", cwd=project)
        assert added.code == 0, added
        commit(project)
    for words in CHECKS:
        run(project, *words)
    tests = [f"tests/test_{name}s.py" for name in names]
    tests += ["tests/test_migrations.py"] if kind != JSON else []
    database = {"TEST_DATABASE_URL": sql.POSTGRESQL} if kind == "postgresql" else {}
    run(project, "pytest", "-q", *tests, **database)


@pytest.mark.parametrize("template", [flagship.TEMPLATE])
def test_a_project_is_whole_when_its_first_resource_changes_and_when_it_leaves(template: str, tmp_path: Path) -> None:
    made = fastkit("startdemo", template, *WORDS, "--package-manager=pip", "--no-install", "--yes", cwd=tmp_path)
    assert made.code == 0, made
    for way in (("change", "item", "-tax", "+maker:str:optional"), ("remove", "item")):
        done = fastkit("resource", *way, "--yes", cwd=tmp_path / "shop")
        assert done.code == 0, done
        commit(tmp_path / "shop")
        for words in (*CHECKS, ("pytest", "-q")):
            run(tmp_path / "shop", *words)


def run(project: Path, *words: str, **settings: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=project,
        env=clean_environment() | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
