"""The recipe for a resource in the README of a project, followed to the letter."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the proofs hand an open socket to another process", allow_module_level=True)

from tests.proofs.flagship import clean_environment, render, serve

AFTER_ITEMS = {"ITEMS": "NOTES", "Items": "Notes", "items": "notes", "Item": "Note", "item": "note"}

NOTE = {"name": "Remember", "description": None, "price": 0.0, "tax": None}

CHECKS = ("ruff check", "ruff format --check", "mypy")

pytestmark = pytest.mark.slow


def test_the_recipe_for_a_resource_in_a_file(tmp_path: Path) -> None:
    project = render(tmp_path, "fastapi-async-crud")
    recipe = read_recipe(project)
    write_new_files(project, recipe)
    change(
        project / "src/crud/__init__.py",
        one_more("from src.crud.items import Items\n") | one_more("    Items,\n"),
    )
    change(
        project / "src/api/api.py",
        {"items, status": "items, notes, status", **one_more("    items.router,\n")},
    )
    run(project, *CHECKS, "pytest -q")
    has_notes(project, tmp_path / "items.json")


def test_the_recipe_for_a_resource_in_a_table(tmp_path: Path) -> None:
    project = render(tmp_path, "fastapi-async-sqlalchemy")
    recipe = read_recipe(project)
    write_new_files(project, recipe)
    change(
        project / "src/models/__init__.py",
        one_more("from src.models.items import Item\n") | one_more('    "Item",\n'),
    )
    change(project / "src/api/api.py", one_more("    items,\n") | one_more("    items.router,\n"))
    run(project, *re.findall(r"`(alembic [^`]+)`", recipe))
    [folder] = re.findall(r"`(src/migrations/[^`]+)`", recipe)
    assert [path.name for path in (project / folder).glob("*notes*.py")] == ["0009_notes.py"]
    run(project, *CHECKS, "pytest -q")
    has_notes(project)


def read_recipe(project: Path) -> str:
    """Without what goes before a command, which is the package manager's."""
    readme = (project / "README.md").read_text("utf-8")
    found = re.search(r"^## Add a resource\n(.*?)^## ", readme, re.DOTALL | re.MULTILINE)
    assert found
    return found[1].replace("`uv run ", "`")


def write_new_files(project: Path, recipe: str) -> None:
    for path in re.findall(r"`(src/[\w/]+/notes\.py)`", recipe):
        text = (project / path.replace("notes", "items")).read_text("utf-8")
        (project / path).write_text(after_items(text), "utf-8")


def after_items(text: str) -> str:
    return re.sub("|".join(AFTER_ITEMS), lambda found: AFTER_ITEMS[found[0]], text)


def one_more(line: str) -> dict[str, str]:
    """The line for items, and the same line for notes."""
    return {line: line + after_items(line)}


def change(file: Path, changes: Mapping[str, str]) -> None:
    text = file.read_text("utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1, f"`{old}` in {file}"
        text = text.replace(old, new)
    file.write_text(text, "utf-8")


def run(project: Path, *commands: str) -> None:
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", *command.split()],
            cwd=project,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def has_notes(project: Path, data_file: Path | None = None) -> None:
    with serve(project, data_file) as server, server.client() as client:
        created = client.post("/notes/", json=NOTE)
        assert created.status_code == 201, created.text
        assert created.json().items() >= NOTE.items()
        assert client.get(created.headers["Location"]).json() == created.json()
        assert client.get("/notes/").json() == [created.json()]
        assert client.get("/notes/2").json() == {"detail": "Note with id 2 not found"}
