"""The proofs of the flagship, in short; with FASTKIT_PROOF=1 in full."""

import os
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the proofs hand an open socket to another process", allow_module_level=True)

from tests.proofs import concurrent_posts, faults, kills, schemathesis_run
from tests.proofs.flagship import render
from tests.proofs.items import write_items

FULL = "FASTKIT_PROOF" in os.environ

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("flagship"))


def test_the_api_does_what_its_description_says(project: Path, tmp_path: Path) -> None:
    schemathesis_run.prove(project, tmp_path, cases=1000 if FULL else 20)


@pytest.mark.parametrize("workers", [1, 2])
def test_creates_at_the_same_time_are_all_kept(project: Path, tmp_path: Path, workers: int) -> None:
    posts, batches = (2000, 100) if FULL else (500, 25)
    concurrent_posts.allow_many_connections()
    concurrent_posts.prove(project, tmp_path / "items.json", workers, posts, batches)


@pytest.mark.parametrize("items", [1000, 20_000] if FULL else [1000])
@pytest.mark.parametrize("workers", [1, 2])
def test_no_acknowledged_write_is_lost_in_a_kill(
    project: Path, tmp_path: Path, items: int, workers: int
) -> None:
    data_file = write_items(tmp_path / "items.json", items)
    kills.prove(project, data_file, workers, kills=50 if FULL else 3)


@pytest.mark.parametrize("name", faults.CASES)
def test_a_fault_is_answered_as_such_and_costs_no_item(project: Path, tmp_path: Path, name: str) -> None:
    try:
        faults.CASES[name](project, tmp_path)
    except faults.Skipped as skipped:
        pytest.skip(str(skipped))
