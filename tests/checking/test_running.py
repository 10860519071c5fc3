"""`template check --run`: projects installed, and checked by their own tools."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fastkit.catalog.template import Template
from fastkit.checking import running
from fastkit.checking.finding import File, Tree
from fastkit.checking.matrix import Case
from fastkit.checking.running import covering, registry_answers, run_project
from fastkit.checking.samples import make_sample
from fastkit.errors import InstallInterrupted
from tests.support.command_line import fastkit
from tests.support.folders import write
from tests.support.good_template import COPIER_YML, GOOD, PYPROJECT

RUNS = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = []

[dependency-groups]
dev = []

[tool.uv]
package = false
"""

FAKE_UV = """\
#!/bin/sh
[ "$1" = --version ] && { echo uv 99.0.0; exit; }
mkdir -p .venv/bin
printf '#!/bin/sh\\nexit 0\\n' > .venv/bin/ruff
printf '#!/bin/sh\\necho test_a failed; exit 1\\n' > .venv/bin/pytest
chmod +x .venv/bin/*
"""


def test_run_says_that_no_registry_answers(tmp_path: Path) -> None:
    write(tmp_path / "shop", {**GOOD, "project/pyproject.toml.jinja": PYPROJECT + 'version = "1"\n'})
    nobody = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_CACHE_DIR": str(tmp_path / "cache")}
    run = fastkit(
        *("template", "check", "./shop", "--run", "--trust"),
        cwd=tmp_path,
        env={**nobody, "UV_HTTP_RETRIES": "0"},
    )
    assert run.code == 1
    assert run.error_lines[-2].startswith(
        "error: no package registry answers, so no project can be installed"
    )
    assert run.error_lines[-1] == "hint: go online, or omit --run"


@pytest.mark.skipif(os.name == "nt", reason="the tools are scripts for sh")
def test_run_shows_the_project_and_the_last_lines_of_a_tool_that_fails(tmp_path: Path) -> None:
    bare = COPIER_YML.replace("  dependencies: [fastapi]\n", "")
    write(tmp_path / "shop", {**GOOD, "copier.yml": bare, "project/pyproject.toml.jinja": RUNS})
    uv = write(tmp_path / "bin", {"uv": FAKE_UV}) / "uv"
    uv.chmod(0o755)
    path = f"{uv.parent}{os.pathsep}{os.environ['PATH']}"
    words = ("template", "check", "./shop", "--run", "--trust", "--json")
    run = fastkit(*words, cwd=tmp_path, env={"PATH": path})
    assert run.code == 1, run.err
    shop = run.answer["templates"][0]
    assert shop["ran"] == [
        {"answers": "defaults", "tools": ["ruff check", "ruff format --check", "pytest -q"]}
    ]
    assert [(f["message"], f["output"]) for f in shop["findings"]] == [
        ("`pytest -q` fails in the project", ["test_a failed"])
    ]


def test_run_installs_no_project_of_an_untrusted_template(tmp_path: Path) -> None:
    write(tmp_path / "shop", {**GOOD, "project/pyproject.toml.jinja": RUNS})
    uv = write(tmp_path / "bin", {"uv": f"#!/bin/sh\ntouch {tmp_path}/ran\n"}) / "uv"
    uv.chmod(0o755)
    path = f"{uv.parent}{os.pathsep}{os.environ['PATH']}"
    run = fastkit("template", "check", "./shop", "--run", "--json", cwd=tmp_path, env={"PATH": path})
    assert run.code == 1
    shop = run.answer["templates"][0]
    assert shop["ran"] == []
    assert [finding["hint"] for finding in shop["findings"] if finding["check"] == "run"] == [
        "read it; if you trust its author, pass --trust"
    ]
    assert not (tmp_path / "ran").exists()


def test_an_interrupt_during_an_install_ends_the_check(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*given: object) -> None:
        raise InstallInterrupted("`uv sync` was interrupted", "", log)

    log = write(tmp_path, {"uv.log": ""}) / "uv.log"
    monkeypatch.setattr(running, "install", interrupted)
    case = Case("the defaults", make_sample(template, {}).recipe)
    with pytest.raises(KeyboardInterrupt):
        run_project(case, lambda progress: None)
    assert not log.exists()


def test_the_projects_that_run_have_all_code_and_settings_between_them() -> None:
    def tree(case: str, **files: str) -> Tree:
        named = {name.replace("_", "."): text for name, text in files.items()}
        return Tree(case, (), {path: File(path, text.encode()) for path, text in named.items()})

    trees = [
        tree("the defaults", main_py="a", a_toml="x = 1\n", notes_md="a"),
        tree("less", main_py="a", a_toml="x = 1\n"),
        tree("other text", main_py="a", notes_md="b"),
        tree("another setting", a_toml="x = 1\ny = 2\n"),
        tree("other code", main_py="b"),
        tree("two other settings", main_py="a", a_toml="x = 2\n", a_env="A=1\n"),
    ]
    ran = ["the defaults", "two other settings", "another setting", "other code"]
    assert [tree.case for tree in covering(trees)] == ran


def test_the_registry_is_asked_by_the_uv_that_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(words: list[str], **settings: Any) -> "subprocess.CompletedProcess[bytes]":
        ran.append(words[0])
        return subprocess.CompletedProcess(words, 0)

    ran: list[str] = []
    monkeypatch.setattr(subprocess, "run", run)
    assert registry_answers()
    assert Path(ran[-1]).is_absolute()
