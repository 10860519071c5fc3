"""Random resources pass what the project checks: format, lint, types and their own tests."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from fastkit.catalog.find import find_template
from fastkit.checking.resources import kinds
from tests.proofs import flagship, schemathesis_run, sql, sql_schemathesis
from tests.proofs.flagship import clean_environment
from tests.support.command_line import fastkit
from tests.support.demo import WORDS
from tests.support.living import commit
from tests.support.random_fields import fields

pytestmark = pytest.mark.slow

FULL = "FASTKIT_PROOF" in os.environ

EACH = 8 if FULL else 5
"""Resources in a project. More of them take less time for each, and lead to each other."""

PROJECTS = 38 if FULL else 1

NAMES = ("client", "name", "value", "app", "answer", "update", "delete", "async_client")
"""Words of the modules that a resource has, and of SQL."""

CHECKS = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy", "."))


JSON = "json"
"""The kind of database of a project without tables."""


def template_of(kind: str) -> str:
    return flagship.TEMPLATE if kind == JSON else sql.TEMPLATE


@pytest.mark.parametrize("kind", (JSON, *sql.KINDS))
@pytest.mark.parametrize("seed", range(PROJECTS))
def test_random_resources_are_as_somebody_would_write_them(seed: int, kind: str, tmp_path: Path) -> None:
    if kind != JSON and (reason := sql.why_not(kind)):
        pytest.skip(reason)
    if kind == "postgresql" and seed % 4:
        pytest.skip("a quarter is tried on PostgreSQL")
    project = made(template_of(kind), tmp_path)
    chance = random.Random(f"{kind} {seed}")
    names = NAMES[:EACH]
    for number, name in enumerate(names):
        targets = ("users", "items", *(f"{other}s" for other in names[:number])) if kind != JSON else ()
        added = fastkit("resource", "add", name, *fields(chance, targets, f"{name}s"), "--yes", cwd=project)
        assert added.code == 0, added
        commit(project)
    for words in CHECKS:
        run(project, *words)
    tests = [f"tests/test_{name}s.py" for name in names]
    tests += ["tests/test_migrations.py"] if kind != JSON else []
    run(project, "pytest", "-q", *tests, **database(kind))


def database(kind: str) -> dict[str, str]:
    return {"TEST_DATABASE_URL": sql.POSTGRESQL} if kind == "postgresql" else {}


STRICT = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 404, 409, 412, 415, 422]
"""
"""JSON Schema takes 1.0 for an integer; a strict model refuses it with a 422."""


@pytest.mark.parametrize("kind", (JSON, *sql.KINDS))
def test_no_request_for_any_type_of_field_is_a_fault_of_the_server(kind: str, tmp_path: Path) -> None:
    if kind != JSON and (reason := sql.why_not(kind)):
        pytest.skip(reason)
    if kind == "postgresql" and not FULL:
        pytest.skip("with FASTKIT_PROOF=1")
    project = made(template_of(kind), tmp_path)
    template = find_template(template_of(kind))
    every = [text.replace("ref=wholes", "ref=users") for text in kinds(template)]
    added = fastkit("resource", "add", "whole", *every, "--yes", cwd=project)
    assert added.code == 0, added
    for words in (*CHECKS, ("pytest", "-q", "tests/test_wholes.py")):
        run(project, *words, **database(kind))
    cases = 50 if FULL else 3
    if kind == JSON:
        (tmp_path / "schemathesis.toml").write_text(STRICT)
        schemathesis_run.prove(project, tmp_path, cases)
    else:
        sql_schemathesis.prove(project, kind, tmp_path, cases, configuration=STRICT)


@pytest.mark.parametrize("template", [flagship.TEMPLATE, sql.TEMPLATE])
def test_a_project_is_whole_when_its_first_resource_changes_and_when_it_leaves(template: str, tmp_path: Path) -> None:
    project = made(template, tmp_path)
    for way in (("change", "item", "-tax", "+maker:str:optional"), ("remove", "item")):
        done = fastkit("resource", *way, "--yes", cwd=project)
        assert done.code == 0, done
        commit(project)
        for words in (*CHECKS, ("pytest", "-q")):
            run(project, *words)


def made(template: str, folder: Path) -> Path:
    words = ("--package-manager=pip", "--no-install", "--yes")
    done = fastkit("startdemo", template, *WORDS, *words, cwd=folder)
    assert done.code == 0, done
    return folder / "shop"


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
