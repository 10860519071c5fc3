"""What the pages of the projects say of their files and settings is true."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fastkit.catalog.find import find_template
from tests.support.projects import ANSWERS, render

TEMPLATES = ("fastapi-async-crud", "fastapi-async-sqlalchemy")

PARTS = {
    "fastapi-async-sqlalchemy": [
        "cache", "jobs", "files", "external-data", "profiles", "realtime", "streaming", "compute", "gateway", "tasks", "monitor"
    ]
}
"""Features whose code and settings the pages tell of, too."""

CLAIM = "Imports point one way, from the top of this list to the bottom."

MOST_MODULES_BEHIND_A_ROUTE = 24
"""Of the project itself, to be read by whoever wants to follow one request to the database."""


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    answers = {**ANSWERS, "package_manager": "uv"}
    return {
        name: render(find_template(name), answers, tmp_path_factory.mktemp("maps"), ["agents", *PARTS.get(name, ())])
        for name in TEMPLATES
    }


@pytest.mark.parametrize("page", ["README.md", "AGENTS.md"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_imports_point_one_way_as_the_page_lists_the_files(
    name: str, page: str, projects: dict[str, Path]
) -> None:
    project = projects[name]
    text = (project / page).read_text("utf-8")
    listed = text[text.index(CLAIM) :].partition("\n## ")[0]
    order = re.findall(r"`(src/[\w/]+?(?:\.py|/))`", listed)

    def place(file: str) -> int:
        return max((len(path), number) for number, path in enumerate(order) if file.startswith(path))[1]

    wrong = [
        f"{file} imports {imported}"
        for file in modules(project)
        for imported in imports(project, file)
        if place(imported) < place(file)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_route_can_be_followed_through_few_modules(name: str, projects: dict[str, Path]) -> None:
    behind = behind_module(projects[name], "src/api/routes/items.py")
    assert len(behind) <= MOST_MODULES_BEHIND_A_ROUTE, "\n".join(sorted(behind))


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_two_modules_have_one_name(name: str, projects: dict[str, Path]) -> None:
    """But for those of a resource, which are called after it in each layer."""
    of_resources = {path.name for path in projects[name].glob("src/schemas/*.py")}
    of_resources |= {path.name for path in projects[name].glob("src/crud/*.py")} | {"__init__.py"}
    others = [Path(file).name for file in modules(projects[name]) if Path(file).name not in of_resources]
    twice = {file for file in others if others.count(file) > 1}
    assert twice <= ALIKE


ALIKE = {"errors.py"}
"""`core/errors.py` has what can go wrong, `api/errors.py` how it is answered."""


@pytest.mark.parametrize("page", ["README.md", ".env"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_setting_is_on_the_page(name: str, page: str, projects: dict[str, Path]) -> None:
    settings = (projects[name] / "src/core/config.py").read_text("utf-8")
    words = set(re.findall(r"\w+", (projects[name] / page).read_text("utf-8")))
    assert {*re.findall(r"^    ([A-Z_]+): ", settings, re.MULTILINE)} - words == set()


def behind_module(project: Path, module: str) -> set[str]:
    """What it imports, directly or not."""
    found, left = {module}, [module]
    while left:
        for imported in imports(project, left.pop()) - found:
            found.add(imported)
            left.append(imported)
    return found - {module}


def modules(project: Path) -> list[str]:
    return sorted(path.relative_to(project).as_posix() for path in project.glob("src/**/*.py"))


def imports(project: Path, file: str) -> set[str]:
    """The modules of the project that importing this one runs, but for empty ones."""
    tree = ast.parse((project / file).read_text("utf-8"))
    names = [name for node in ast.walk(tree) for name in imported_names(node)]
    parts = {part.replace(".", "/") for name in names for part in prefixes(name)}
    paths = {f"{part}{end}" for part in parts for end in (".py", "/__init__.py")}
    return {path for path in paths if is_code(project / path)} - {file}


def is_code(path: Path) -> bool:
    return path.is_file() and path.read_text("utf-8") != ""


def imported_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "src":
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name.partition(".")[0] == "src")


def prefixes(name: str) -> list[str]:
    """`a`, `a.b` and `a.b.c` of `a.b.c`."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
