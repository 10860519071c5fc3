"""templates/README.md: each command in it works, and the example of a test passes."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from fastkit.catalog.settings import FASTKIT
from tests.support.command_line import clean_environment, fastkit
from tests.support.managers import Managers

FOLDER = Path(__file__).parents[2] / "templates"

README = (FOLDER / "README.md").read_text("utf-8")

NEEDS_A_REGISTRY = re.compile(r" --run\b| startdemo ")


def commands() -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


def typed(
    lines: list[str], cwd: Path, base: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """All lines in one shell, as a reader types them, from a folder to the end of the page."""
    return subprocess.run(
        ["sh", "-ec", "\n".join(lines)],
        cwd=cwd,
        env=clean_environment(base, PYTHONWARNINGS="ignore"),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_work_without_a_registry(tmp_path: Path) -> None:
    lines = [line for line in commands() if not NEEDS_A_REGISTRY.search(line)]
    started = [f"{line} --no-install" for line in commands() if " startdemo " in line]
    assert len(lines) >= 7
    assert len(started) == 1
    run = typed([*lines, *started], tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    for text in (
        "'my-api' has been created",
        "no findings",
        "My api",
        "FastAPI project 'shop'",
    ):
        assert text in run.stdout


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.xdist_group("installed")
def test_the_commands_work_as_they_are_written(tmp_path: Path, managers: Managers) -> None:
    run = typed(commands(), tmp_path, managers.environment())
    assert run.returncode == 0, run.stdout + run.stderr
    assert (tmp_path / "my-templates/shop/.venv").is_dir()


def test_the_example_of_a_test_passes(tmp_path: Path) -> None:
    fastkit("template", "new", "my-api", cwd=tmp_path)
    section = README.partition("## Tests of a template")[2]
    example = re.search(r"^```python\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    assert example
    (tmp_path / "my-api/tests/test_template.py").write_text(example[1])
    run = typed([f"cd my-api; {sys.executable} -m pytest"], tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr


def test_each_setting_of_the_metadata_is_documented() -> None:
    assert [name for name in FASTKIT if f"`{name}`" not in README] == []


def test_each_kind_of_check_is_documented() -> None:
    checking = FOLDER.parent / "generator/fastkit/checking"
    sources = "".join(path.read_text("utf-8") for path in checking.glob("*.py"))
    named = re.findall(r'(?:CHECK = |Finding\(|file\.finding\()"([a-z -]+)"', sources)
    assert {"names", "run", "file names", "trust"} <= set(named)
    assert [name for name in named if not re.search(rf"^\| [\w, -]*\b{name}\b", README, re.MULTILINE)] == []


def test_every_file_that_the_page_links_exists() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert links
    assert [link for link in links if not (FOLDER / link).exists()] == []
