"""What a project declares, and what its environment lacks of it."""

from pathlib import Path

import pytest

from fastkit.making.requirements import lacking
from tests.support.folders import write

PYPROJECT = """\
[project]
name = "shop"
dependencies = ["fastapi>=0.1", "Typing_Extensions", "uvicorn[standard]; python_version >= '3.11'"]

[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
lint = ["ruff", {include-group = "dev"}]
docs = ["mkdocs"]
"""

ALL = ("fastapi", "typing-extensions", "uvicorn", "pytest", "ruff")


def environment(
    *names: str, version: str = "3.11.7", site: str = "lib/python3.11/site-packages"
) -> dict[str, str]:
    """An environment of these packages, as its files."""
    packages = {
        f".venv/{site}/{name}-1.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n"
        for name in names
    }
    return {".venv/pyvenv.cfg": f"home = /usr/bin\nversion_info = {version}\n", **packages}


def lacks(tmp_path: Path, files: dict[str, str], pyproject: str = PYPROJECT) -> list[str]:
    return lacking(write(tmp_path / "shop", {"pyproject.toml": pyproject, **files}))


def test_an_environment_with_all_of_it_lacks_nothing(tmp_path: Path) -> None:
    assert lacks(tmp_path, environment(*ALL)) == []


@pytest.mark.parametrize(
    "site", ["lib64/python3.14/site-packages", "lib/pypy3.11/site-packages", "Lib/site-packages"]
)
def test_packages_lie_where_the_system_and_the_python_want_them(site: str, tmp_path: Path) -> None:
    assert lacks(tmp_path, environment(*ALL, site=site)) == []


def test_what_is_missing_is_named_as_the_project_writes_it(tmp_path: Path) -> None:
    assert lacks(tmp_path, environment("fastapi", "uvicorn")) == ["Typing_Extensions", "pytest", "ruff"]


@pytest.mark.parametrize("files", [{}, {".venv/lib/python3.11/site-packages/x": ""}])
def test_without_an_environment_all_is_missing(files: dict[str, str], tmp_path: Path) -> None:
    assert lacks(tmp_path, files) == ["fastapi", "Typing_Extensions", "uvicorn", "pytest", "ruff"]


def test_a_requirement_for_another_python_is_not_missing(tmp_path: Path) -> None:
    found = environment("fastapi", "typing-extensions", "pytest", "ruff", version="3.10.1")
    assert lacks(tmp_path, found) == []
    write(tmp_path / "shop", environment(version="3.12.1"))
    assert lacking(tmp_path / "shop") == ["uvicorn"]


@pytest.mark.parametrize(
    "table",
    [
        "[tool.uv]\ndefault-groups = []\n",
        "[tool.uv.dependency-groups]\ndev = {requires-python = '>=4'}\n",
        "[tool.poetry.group.dev]\noptional = true\n",
    ],
)
def test_a_group_that_a_manager_is_told_about_is_the_managers_own_business(
    table: str, tmp_path: Path
) -> None:
    assert lacks(tmp_path, environment("fastapi"), PYPROJECT + table) == ["Typing_Extensions", "uvicorn"]


def test_what_uv_is_told_to_leave_out_or_to_replace_is_not_missing(tmp_path: Path) -> None:
    table = '[tool.uv]\nexclude-dependencies = ["pytest"]\noverride-dependencies = ["ruff<1"]\n'
    assert lacks(tmp_path, environment("fastapi", "typing-extensions", "uvicorn"), PYPROJECT + table) == []


@pytest.mark.parametrize(
    "pyproject",
    [
        "",
        "[project",
        "project = 1",
        "[project]\ndependencies = 'x'",
        "[project]\ndependencies = [1, '???', {}]",
    ],
)
def test_what_declares_nothing_that_can_be_read_lacks_nothing(pyproject: str, tmp_path: Path) -> None:
    assert lacks(tmp_path, {}, pyproject) == []


def test_a_member_of_a_workspace_is_installed_in_the_environment_of_the_workspace(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.uv.workspace]\nmembers = ['shop']\n", **environment(*ALL)})
    assert lacks(tmp_path, {}) == []
    (tmp_path / "pyproject.toml").unlink()
    assert "fastapi" in lacks(tmp_path, {})
