"""The pages for authors of templates: each setting and check is there, and the example of a test passes."""

import re
import subprocess
import sys
from pathlib import Path

from fastkit.catalog.settings import FASTKIT
from tests.support.command_line import clean_environment, fastkit

ROOT = Path(__file__).parents[2]

HOW_TO = (ROOT / "docs/how-to/write-a-template.md").read_text("utf-8")

REFERENCE = (ROOT / "docs/reference/templates.md").read_text("utf-8")


def test_the_example_of_a_test_passes(tmp_path: Path) -> None:
    fastkit("template", "new", "my-api", cwd=tmp_path)
    section = HOW_TO.partition("## Tests of a template")[2]
    example = re.search(r"^```python\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    assert example
    (tmp_path / "my-api/tests/test_template.py").write_text(example[1])
    run = subprocess.run(
        [sys.executable, "-m", "pytest"],
        cwd=tmp_path / "my-api",
        env=clean_environment(PYTHONWARNINGS="ignore"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_each_setting_of_the_metadata_is_documented() -> None:
    assert [name for name in FASTKIT if f"`{name}`" not in REFERENCE] == []


def test_each_kind_of_check_is_documented() -> None:
    checking = ROOT / "generator/fastkit/checking"
    sources = "".join(path.read_text("utf-8") for path in checking.glob("*.py"))
    named = re.findall(r'(?:CHECK = |Finding\(|file\.finding\()"([a-z -]+)"', sources)
    assert {"names", "run", "file names", "trust"} <= set(named)
    assert [
        name for name in named if not re.search(rf"^\| [\w, -]*\b{name}\b", REFERENCE, re.MULTILINE)
    ] == []
