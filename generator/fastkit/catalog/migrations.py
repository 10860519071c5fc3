"""Migrations that a template and its features bring, of which a project gets each once.

They are in `migrations/NAME.py`, of the template for its base and of a feature for its own tables. Only
`revision` and `down_revision` are filled in, as a migration follows those that the project has by then.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fastkit.catalog.features import Feature
from fastkit.catalog.template import Template
from fastkit.errors import TemplateError

FOLDER = "migrations"

REVISION = re.compile(r"^revision = .*$", re.MULTILINE)
FOLLOWS = re.compile(r"^down_revision = .*$", re.MULTILINE)
STEPS = ("upgrade", "downgrade")

STAND_IN = "\0"


def settings(template: Template) -> Mapping[str, Any]:
    return template.about.get(FOLDER) or {}


def projects_folder(template: Template) -> str:
    """Where projects have their migrations; empty where they have none."""
    return str(settings(template).get("folder") or "")


def is_migration(template: Template, path: str) -> bool:
    """Whether a path of a project is a migration, which is its owner's once it exists."""
    folder = projects_folder(template)
    return bool(folder) and path.startswith(f"{folder}/")


def brought(template: Template, features: Iterable[Feature]) -> dict[str, Path]:
    """The files by their names, in the order in which a new project gets them."""
    own = {name: template.folder / FOLDER / f"{name}.py" for name in settings(template).get("base") or ()}
    return own | dict(of_features(features))


def of_features(features: Iterable[Feature]) -> Iterator[tuple[str, Path]]:
    for feature in features:
        for folder in feature.folders:
            yield from ((file.stem, file) for file in sorted((folder / FOLDER).glob("*.py")))


def changes(template: Template) -> dict[str, tuple[Path, str]]:
    """Files that older projects alone get, each with the version before which they have to be."""
    return {
        name: (template.folder / FOLDER / f"{name}.py", str(version))
        for name, version in (settings(template).get("changes") or {}).items()
    }


def first_revisions(
    template: Template, features: Iterable[Feature], tables: Iterable[str] = ()
) -> dict[str, str]:
    """The revisions of a new project, by the names of the migrations.

    Args:
        tables: of resources, which get a migration each after all others.
    """
    names = [*brought(template, features), *(tables if projects_folder(template) else ())]
    return {name: numbered(number, name) for number, name in enumerate(names, 1)}


def numbered(number: int, name: str) -> str:
    return f"{number:04}_{name}"


def first_files(
    template: Template, features: Sequence[Feature], tables: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The migrations of a new project: path and content of each.

    Args:
        tables: the migrations that make the tables of resources, by their names.

    Raises:
        TemplateError: a file cannot be read.
    """
    follows = ""
    files = brought(template, features)
    for name, revision in first_revisions(template, features, tables).items():
        text = tables[name] if name in tables else read(template, files[name])
        yield path_of(template, revision), filled(text, revision, follows)
        follows = revision


def path_of(template: Template, revision: str) -> str:
    return f"{projects_folder(template)}/{revision}.py"


def read(template: Template, file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except (OSError, ValueError) as error:
        place = f"{FOLDER}/{file.name}"
        raise TemplateError(template.name, f"cannot be read: {error}", file=place) from error


def filled(text: str, revision: str, follows: str) -> str:
    text = REVISION.sub(f'revision = "{revision}"', text, count=1)
    return FOLLOWS.sub(f'down_revision = "{follows}"' if follows else "down_revision = None", text, count=1)


def tables_of(text: str) -> tuple[str, ...]:
    """The tables that a migration creates."""
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and node.args)
    return tuple(
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "create_table"
        if isinstance(call.args[0], ast.Constant)
    )


def reversed_steps(text: str) -> str:
    """The migration that takes back what another one does."""
    steps = [step for step in ast.parse(text).body if isinstance(step, ast.FunctionDef)]
    bodies = {step.name: ast.get_source_segment(text, step) or "" for step in steps if step.name in STEPS}
    lines = {name: body.partition("\n")[2] for name, body in bodies.items()}
    for name, other in zip(STEPS, reversed(STEPS), strict=True):
        text = text.replace(bodies[name], f"def {name}() -> None:\n{STAND_IN}{other}", 1)
    for name in STEPS:
        text = text.replace(f"{STAND_IN}{name}", lines[name], 1)
    return text
