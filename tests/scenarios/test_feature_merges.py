"""Features that bring code come into projects that their owners have edited, and leave them again."""

import os
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from fastkit.catalog.find import find_template
from tests.support.folders import read
from tests.support.projects import ANSWERS, render
from tests.support.random_owners import Files, conflicts_of, edited

OWNERS = 300 if os.environ.get("FASTKIT_PROOF") else 25

PARTS = (
    "cache",
    "jobs",
    "files",
    "external-data",
    "profiles",
    "realtime",
    "streaming",
    "compute",
    "gateway",
    "tasks",
    "monitor",
)

REQUIRED = {
    "files": ("jobs",),
    "external-data": ("jobs",),
    "gateway": ("jobs", "external-data"),
    "tasks": ("jobs",),
}

MOST_CONFLICTS = 0.05


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Files]:
    template = find_template("fastapi-async-sqlalchemy")

    @cache
    def files(*names: str) -> Files:
        folder = render(template, {**ANSWERS, "package_manager": "uv"}, tmp_path_factory.mktemp("of"), names)
        found = read(folder)
        return {
            path: text for path, text in found.items() if isinstance(text, str) and ".fastkit" not in path
        }

    return files


@pytest.mark.parametrize("way", ["add", "remove"])
@pytest.mark.parametrize("feature", PARTS)
def test_few_owners_get_a_conflict_and_none_loses_a_line(
    feature: str, way: str, rendered: Callable[..., Files], tmp_path: Path
) -> None:
    required = REQUIRED.get(feature, ())
    without, having = rendered(*required), rendered(*required, feature)
    base, theirs = (without, having) if way == "add" else (having, without)
    chance = random.Random(f"{feature} {way}")
    by_git, left = conflicts_of(base, theirs, (edited(base, chance) for _ in range(OWNERS)), tmp_path)
    print(f"\n  {way} {feature}: of {OWNERS} owners, git leaves {by_git} with a conflict, fastkit {left}")
    assert left <= OWNERS * MOST_CONFLICTS
