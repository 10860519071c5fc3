"""A small template, plans for its projects, and a package manager that is a script."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastkit.catalog.questions import Answers
from fastkit.package_managers import PackageManager, Step
from fastkit.plan import Plan
from tests.support.folders import read, write, write_template
from tests.support.projects import recipe_for

TEMPLATE = {
    "copier.yml": "_subdirectory: project\nname: {type: str}\n",
    "project/README.md.jinja": "# {{ name }}\n",
    "project/.env": "KEY=1\n",
    "project/src/main.py": "",
}

PROJECT = {"README.md": "# Shop\n", ".env": "KEY=1\n", "src/main.py": ""}

ANSWERS = Answers({"name": "Shop"})

RECORDED = [".fastkit/baseline.tar.xz", ".fastkit/project.yml"]
"""What every project has besides."""


def plan_for(
    root: Path,
    files: Mapping[str, str] | None = None,
    answers: Answers = ANSWERS,
    source: str = "folder",
    trust: bool = False,
    **options: Any,
) -> Plan:
    template = write_template(root / "templates/demo", {**TEMPLATE, **(files or {})})
    (root / "work").mkdir(exist_ok=True)
    recipe = recipe_for(replace(template, source=source), answers, root / "work/shop", trust=trust)
    return Plan(recipe, root / "work/shop", **options)


@contextmanager
def progress(text: str) -> Iterator[Callable[[str], None]]:
    yield lambda line: None


def fake(folder: Path, text: str) -> PackageManager:
    file = write(folder, {"fake": f"#!/bin/sh\n{text}\n"}) / "fake"
    file.chmod(0o755)
    steps = (Step(("fake", "make")), Step(("fake", "install")))
    return PackageManager(
        "fake", "1.0", "get fake", steps, "fake run", find=lambda: str(file), lockfile="fake.lock"
    )


def files_of(project: Path) -> dict[str, str | bytes]:
    """All but what git and fastkit keep for themselves."""
    found = read(project)
    return {path: text for path, text in found.items() if not path.startswith((".git/", ".fastkit/"))}


def git(project: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=project, capture_output=True, text=True, check=True, timeout=120
    ).stdout.strip()
