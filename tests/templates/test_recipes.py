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

NOTE_AFTER: Mapping[str, Mapping[str, object]] = {
    "items": {"name": "Remember", "description": None, "price": 0.0, "tax": None},
    "users": {"notename": "Remember", "email": "note@example.com"},
}
"""What a client sends, by the resource after which the recipe makes notes."""

CHECKS = ("ruff check", "ruff format --check", "mypy")

pytestmark = pytest.mark.slow


def test_the_recipe_for_a_resource_in_a_file(tmp_path: Path) -> None:
    project = render(tmp_path, "fastapi-async-crud")
    recipe = read_recipe(project)
    write_new_files(project, recipe, "items")
    change(
        project / "src/crud/__init__.py",
        one_more("from src.crud.items import Items\n") | one_more("    Items,\n"),
    )
    change(
        project / "src/api/api.py",
        {"items, status": "items, notes, status", **one_more("    items.router,\n")},
    )
    run(project, *CHECKS, "pytest -q")
    has_notes(project, NOTE_AFTER["items"], tmp_path / "items.json")


def test_the_recipe_for_a_resource_in_a_table(tmp_path: Path) -> None:
    project = render(tmp_path, "fastapi-async-sqlalchemy")
    recipe = read_recipe(project)
    write_new_files(project, recipe, "users")
    user = ("from src.models.users import User\n", '    "User",\n')
    change(
        project / "src/models/__init__.py",
        {line: as_notes(line, "users") + line for line in user},  # the list is sorted
    )
    change(
        project / "src/api/api.py",
        {f"    status{end},\n": f"    notes{end},\n    status{end},\n" for end in ("", ".router")},
    )
    run(project, *re.findall(r"`(alembic [^`]+)`", recipe))
    [folder] = re.findall(r"`(src/migrations/[^`]+)`", recipe)
    assert [path.name for path in (project / folder).glob("*notes*.py")] == ["0009_notes.py"]
    run(project, *CHECKS, "pytest -q")
    has_notes(project, NOTE_AFTER["users"])


def read_recipe(project: Path) -> str:
    """Without what goes before a command, which is the package manager's."""
    readme = (project / "README.md").read_text("utf-8")
    found = re.search(r"^## Add a resource\n(.*?)^## ", readme, re.DOTALL | re.MULTILINE)
    assert found
    return found[1].replace("`uv run ", "`")


def write_new_files(project: Path, recipe: str, others: str) -> None:
    assert f"after `{others}.py`" in recipe
    for path in re.findall(r"`(src/[\w/]+/notes\.py)`", recipe):
        text = (project / path.replace("notes", others)).read_text("utf-8")
        (project / path).write_text(as_notes(text, others), "utf-8")


def as_notes(text: str, others: str) -> str:
    names = dict(zip(forms(others), forms("notes"), strict=True))
    return re.sub("|".join(names), lambda found: names[found[0]], text)


def forms(plural: str) -> list[str]:
    """Those of the name in code, the longer ones first."""
    one = plural[:-1]
    return [plural.upper(), plural.capitalize(), plural, one.capitalize(), one]


def one_more(line: str) -> dict[str, str]:
    """The line for items, and the same line for notes."""
    return {line: line + as_notes(line, "items")}


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


def has_notes(project: Path, note: Mapping[str, object], data_file: Path | None = None) -> None:
    with serve(project, data_file) as server, server.client() as client:
        created = client.post("/notes/", json=note)
        assert created.status_code == 201, created.text
        assert created.json().items() >= note.items()
        assert client.get(created.headers["Location"]).json() == created.json()
        assert client.get("/notes/").json() == [created.json()]
        assert client.get("/notes/2").json() == {"detail": "Note with id 2 not found"}
