"""A template in which `template check` finds nothing, and what it finds after changes."""

from collections.abc import Mapping
from pathlib import Path

from fastkit.catalog.find import find_template
from fastkit.checking.check import check
from fastkit.checking.finding import File, Finding, Source
from tests.support.folders import write

COPIER_YML = """\
_subdirectory: project
_envops: {undefined: jinja2.StrictUndefined}
_fastkit:
  title: A good template
  description: There is nothing to find in it
  version: 1.0.0
  dependencies: [fastapi]
project_name: {type: str}
description: {type: str}
database: {type: str, choices: [none, sqlite], default: none}
"""

PYPROJECT = """\
[project]
name = {{ project_name | to_json }}
description = {{ description | to_json(ensure_ascii=false) }}
dependencies = ["fastapi>=0.100"]
"""

GOOD: Mapping[str, str | bytes] = {
    "copier.yml": COPIER_YML,
    "project/pyproject.toml.jinja": PYPROJECT,
    "project/main.py": "app = None\n",
}


def findings(tmp_path: Path, changes: Mapping[str, str | bytes], **options: bool) -> list[Finding]:
    """What is found in the good template after these changes."""
    write(tmp_path / "shop", {**GOOD, **changes})
    template = find_template(str(tmp_path / "shop"))
    result = check(template, {}, trust=options.get("trust", False), advance=lambda done, total: None)
    return list(result.findings)


def only(found: list[Finding]) -> Finding:
    assert len(found) == 1, found
    return found[0]


def with_line(line: str) -> dict[str, str]:
    """The good copier.yml with one more line, its eleventh."""
    return {"copier.yml": COPIER_YML + line + "\n"}


def copied(path: str, content: str | bytes) -> File:
    """A file that a project has as its template has it."""
    data = content.encode() if isinstance(content, str) else content
    return File(path, data, Source(path, is_template=False, text=None))


def rendered(path: str, content: str, template: str = "") -> File:
    """A file that was rendered from a file of the template with this text."""
    return File(path, content.encode(), Source(f"{path}.jinja", is_template=True, text=template))
