"""What the README and the AGENTS.md of the flagship say of its files is true of its imports."""

from fastkit.catalog.find import find_template
import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fastkit.catalog import template
from tests.support.projects import ANSWERS, render

CLAIM = "Imports point one way, from the top of this list to the bottom."


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    template = find_template("fastapi-async-crud")
    answers = {**ANSWERS, "package_manager": "uv"}
    return render(template, answers, tmp_path_factory.mktemp("flagship"), ["agents"])


@pytest.mark.parametrize("page", ["README.md", "AGENTS.md"])
def test_imports_point_one_way_as_the_page_lists_the_files(page: str, project: Path) -> None:
    text = (project / page).read_text("utf-8")
    listed = text[text.index(CLAIM) :].partition("\n## ")[0]
    order = re.findall(r"`(src/[\w/]+?(?:\.py|/))`", listed)

    def place(file: str) -> int:
        return max((len(path), number) for number, path in enumerate(order) if file.startswith(path))[1]

    wrong = [
        f"{file} imports {imported}" for file, imported in imports(project) if place(imported) < place(file)
    ]
    assert wrong == []


def imports(project: Path) -> Iterator[tuple[str, str]]:
    """Which file of the project imports which; none stands outside of the list."""
    for source in sorted(project.glob("src/**/*.py")):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("src"):
                module = str(node.module).replace(".", "/")
                whole = [f"{module}/{alias.name}.py" for alias in node.names]
                for file in [path for path in whole if (project / path).exists()] or [f"{module}.py"]:
                    yield source.relative_to(project).as_posix(), file
