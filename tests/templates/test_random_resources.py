"""Random resources pass what the project checks: format, lint, types and their own tests."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proofs import sql
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


@pytest.mark.parametrize("kind", sql.KINDS)
@pytest.mark.parametrize("seed", range(PROJECTS))
def test_random_resources_are_as_somebody_would_write_them(seed: int, kind: str, tmp_path: Path) -> None:
    if reason := sql.why_not(kind):
        pytest.skip(reason)
    if kind == "postgresql" and seed % 4:
        pytest.skip("a quarter is tried on PostgreSQL")
    made = fastkit("startdemo", sql.TEMPLATE, *WORDS, "--package-manager=pip", "--no-install", "--yes", cwd=tmp_path)
    assert made.code == 0, made
    project, chance = tmp_path / "shop", random.Random(f"{kind} {seed}")
    names = [f"thing{letter}" for letter in "abcdefgh"[:EACH]]
    for number, name in enumerate(names):
        targets = ("users", "items", *(f"{other}s" for other in names[:number]))
        added = fastkit("resource", "add", name, *fields(chance, targets, f"{name}s"), "--yes", cwd=project)
        assert added.code == 0, added
        commit(project)
    for words in CHECKS:
        run(project, *words)
    tests = [f"tests/test_{name}s.py" for name in names]
    database = {"TEST_DATABASE_URL": sql.POSTGRESQL} if kind == "postgresql" else {}
    run(project, "pytest", "-q", "tests/test_migrations.py", *tests, **database)


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
