"""The files that are rendered, as they were last read by a person: `pytest --update-golden` rewrites them."""

import shutil
from difflib import unified_diff
from pathlib import Path

import pytest

from fastkit.catalog.find import list_templates
from fastkit.catalog.template import Template
from fastkit.record.project_yml import RECORD
from tests.support.projects import ANSWERS, MANAGERS, render, rendered_files

GOLDEN = Path(__file__).parents[1] / "golden"

SUFFIX = ".golden"
"""Keeps tools from obeying the copies, and git from ignoring a `.env`."""


TEMPLATES = [template for template in list_templates() if template.source == "bundled"]


@pytest.mark.parametrize("manager", MANAGERS)
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_the_rendered_files_are_the_golden_ones(
    template: Template, manager: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    project = render(template, {**ANSWERS, "package_manager": manager}, tmp_path)
    made = {
        name: (project / name).read_text("utf-8")
        for name in (RECORD, *rendered_files(template))
        if (project / name).exists()
    }
    folder = GOLDEN / template.name / manager
    if request.config.getoption("--update-golden"):
        rewrite(folder, made)
    assert difference(read(folder), made) == ""


def read(folder: Path) -> dict[str, str]:
    files = sorted(folder.rglob(f"*{SUFFIX}"))
    return {
        path.relative_to(folder).as_posix().removesuffix(SUFFIX): path.read_text("utf-8") for path in files
    }


def rewrite(folder: Path, files: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        file = folder / f"{name}{SUFFIX}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="")


def difference(golden: dict[str, str], made: dict[str, str]) -> str:
    """What a person has to read before they rewrite the golden files."""
    return "\n".join(
        line
        for name in sorted(golden.keys() | made.keys())
        for line in unified_diff(
            golden.get(name, "").splitlines(),
            made.get(name, "").splitlines(),
            f"{name} (golden)",
            f"{name} (rendered)",
            lineterm="",
        )
    )


def test_a_difference_is_shown_as_a_diff() -> None:
    shown = difference({"a": "1\n2\n", "gone": "x\n"}, {"a": "1\n3\n", "new": "y\n"})
    for line in ("--- a (golden)", "-2", "+3", "-x", "+y"):
        assert line in shown.splitlines()
