"""A small template, for what fastkit does with any template."""

from pathlib import Path

from tests.support.folders import write

DEMO = {
    "copier.yml": """\
_subdirectory: project
_envops: {undefined: jinja2.StrictUndefined}
_fastkit: {title: A demo, version: "1.0", dependencies: [fastapi, "uvicorn[standard]"]}
project_name: {type: str, help: Enter the project name}
author: {type: str, help: Enter the author name}
author_email: {type: str, help: Enter the author email}
description: {type: str, help: Enter the project description}
package_manager: {type: str, help: Select package manager, choices: [pip, uv, pdm, poetry], default: uv}
database: {type: str, choices: [none, sqlite, postgres], default: none}
port: {type: int, default: 8000}
tags: {type: str, multiselect: true, choices: [api, cli, web], default: [api]}
token: {type: str, secret: true, default: hidden}
""",
    "project/pyproject.toml.jinja": """\
[project]
name = {{ project_name | to_json(ensure_ascii=false) }}
version = "0.1.0"
description = {{ description | to_json(ensure_ascii=false) }}
requires-python = ">=3.11"

[tool.demo]
author = {{ author | to_json(ensure_ascii=false) }}
database = {{ database | to_json }}
port = {{ port }}
tags = {{ tags | to_json }}
""",
    "project/.gitignore": ".venv\n",
    "project/.env": "SECRET=1\n",
    "project/src/main.py": "app = None\n",
    "project/src/[id].py": '"""A file that Rich could take for markup."""\n',
    "project/tests/test_demo.py": "def test_demo() -> None:\n    assert True\n",
}
"""Its `.gitignore` forgets `.env`, as templates do."""

WORDS = (
    *("--project-name", "shop"),
    *("--author", "Ada"),
    *("--author-email", "ada@example.com"),
    *("--description", "A shop"),
)
"""An answer to every question that has no default."""


def make_demo(folder: Path, changes: dict[str, str] | None = None) -> dict[str, str]:
    """Write the template as `demo` and return the environment in which fastkit finds it."""
    write(folder / "demo", {**DEMO, **(changes or {})})
    return {"FASTKIT_TEMPLATES": str(folder)}
