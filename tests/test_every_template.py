"""Every bundled template, for every package manager: what it renders, judged file by file."""

import configparser
import io
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv.parser import parse_stream
from markdown_it import MarkdownIt
from packaging.requirements import Requirement

from fastkit import catalog
from fastkit.catalog import Template
from fastkit.rules import WINDOWS_DEVICES, normalized
from tests.support.command_line import clean_environment, fastkit
from tests.support.folders import tree
from tests.support.projects import ANSWERS, MANAGERS, render, rendered_files

TEMPLATES = [template for template in catalog.list_templates() if template.source == "bundled"]

every_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)

every_manager = pytest.mark.parametrize("manager", MANAGERS)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Template, str], Path]:
    """A project of a template for a package manager, rendered once."""
    made: dict[tuple[str, str], Path] = {}

    def project(template: Template, manager: str) -> Path:
        key = template.name, manager
        if key not in made:
            parent = tmp_path_factory.mktemp("rendered")
            made[key] = render(template, {**ANSWERS, "package_manager": manager}, parent)
        return made[key]

    return project


def paths(project: Path) -> Iterator[Path]:
    """Every file but the baseline, which is an archive of the others."""
    return (path for path in sorted(project.rglob("*")) if path.is_file() and path.suffix != ".xz")


# What holds for each file.


def parse_dotenv(text: str) -> None:
    assert [binding.original.string for binding in parse_stream(io.StringIO(text)) if binding.error] == []


def parse_markdown(text: str) -> None:
    tokens = MarkdownIt().parse(text)
    assert tokens
    assert text.count("```") % 2 == 0, "a code block has no end"
    assert tokens[0].tag == "h1"


def parse_ini(text: str) -> None:
    configparser.ConfigParser().read_string(f"[top]\n{text}")


def compile_python(text: str) -> None:
    compile(text, "<rendered>", "exec", dont_inherit=True)


PARSERS: dict[str, Callable[[str], Any]] = {
    ".toml": tomllib.loads,
    ".json": json.loads,
    ".yml": yaml.safe_load,
    ".yaml": yaml.safe_load,
    ".py": compile_python,
    ".md": parse_markdown,
    ".env": parse_dotenv,
    ".editorconfig": parse_ini,
}

FORBIDDEN_IN_NAMES = re.compile(r'[<>:"\\|?*\x00-\x1f]|[ .]$')
"""https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file"""


@every_manager
@every_template
def test_every_file_is_well_formed(
    template: Template, manager: str, rendered: Callable[[Template, str], Path]
) -> None:
    for path in paths(rendered(template, manager)):
        text = path.read_bytes().decode("utf-8")
        assert "\r" not in text, f"{path.name}: a line ends as on Windows"
        assert text == "" or text.endswith("\n"), f"{path.name}: the last line has no end"
        assert not text.endswith("\n\n"), f"{path.name}: empty lines at the end"
        assert not re.search(r"[ \t]$", text, re.MULTILINE), f"{path.name}: blanks at a line's end"
        PARSERS.get(path.suffix or path.name, str)(text)


@every_manager
@every_template
def test_no_jinja_is_left_over(
    template: Template, manager: str, rendered: Callable[[Template, str], Path]
) -> None:
    project = rendered(template, manager)
    found = [name for name in sorted(rendered_files(template)) if (project / name).exists()]
    assert "pyproject.toml" in found
    for name in found:
        assert not re.search(r"\{\{|\{%|\{#|%\}", (project / name).read_text("utf-8")), name


@every_manager
@every_template
def test_every_name_is_one_that_windows_takes(
    template: Template, manager: str, rendered: Callable[[Template, str], Path]
) -> None:
    project = rendered(template, manager)
    names = [path.relative_to(project).as_posix() for path in sorted(project.rglob("*"))]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        for part in name.split("/"):
            assert not FORBIDDEN_IN_NAMES.search(part), name
            assert part.split(".")[0].lower() not in WINDOWS_DEVICES, name
            assert part != "__pycache__"
            assert not part.endswith((".jinja", ".pyc", ".orig", ".rej"))
        assert len(name) <= 120


@every_template
def test_every_kind_of_file_is_parsed_by_this_test(
    template: Template, rendered: Callable[[Template, str], Path]
) -> None:
    plain = {
        ".gitignore",
        ".dockerignore",
        ".python-version",
        "Dockerfile",
        "Makefile",
        ".txt",
        ".example",
        ".mako",
    }
    kinds = {path.suffix or path.name for path in paths(rendered(template, "uv"))}
    assert kinds - PARSERS.keys() <= plain


# What a template says of itself.


@every_manager
@every_template
def test_the_dependencies_in_the_metadata_are_those_of_the_project(
    template: Template, manager: str, rendered: Callable[[Template, str], Path]
) -> None:
    pyproject = tomllib.loads((rendered(template, manager) / "pyproject.toml").read_text("utf-8"))
    group = pyproject.get("dependency-groups", {}).get("dev", [])
    wanted = [*pyproject["project"]["dependencies"], *group]
    named = [*template.dependencies, *template.other_dependencies]
    assert sorted(map(normalized_name, named)) == sorted(map(normalized_name, wanted))


def normalized_name(requirement: str) -> str:
    return normalized(Requirement(requirement).name)


@every_manager
@every_template
def test_the_answers_are_the_metadata_of_the_project(
    template: Template, manager: str, rendered: Callable[[Template, str], Path]
) -> None:
    pyproject = tomllib.loads((rendered(template, manager) / "pyproject.toml").read_text("utf-8"))
    about = pyproject["project"]
    assert about["name"] == ANSWERS["project_name"]
    assert about["description"] == ANSWERS["description"]
    assert about["authors"] == [{"name": ANSWERS["author"], "email": ANSWERS["author_email"]}]


@every_template
def test_the_template_tells_what_a_list_shows(template: Template) -> None:
    assert template.title != template.name
    assert template.description
    assert re.fullmatch(r"\d+\.\d+\.\d+", template.version)
    assert template.runs_code == ()


@every_template
def test_copier_alone_renders_the_template(template: Template, tmp_path: Path) -> None:
    import copier

    copier.run_copy(str(template.folder), tmp_path, data=ANSWERS, defaults=True, quiet=True)
    assert (tmp_path / "pyproject.toml").is_file()


@every_template
def test_git_ignores_the_environment_the_settings_and_the_caches(
    template: Template, rendered: Callable[[Template, str], Path], tmp_path: Path
) -> None:
    project = Path(shutil.copytree(rendered(template, "uv"), tmp_path / "project"))
    caches = ["src/__pycache__/x.pyc", ".pytest_cache/x", ".mypy_cache/x", ".ruff_cache/x"]
    ignored = [".venv/x", ".env", *caches]
    said = subprocess.run(
        ["sh", "-c", 'git init --quiet && git check-ignore "$@"', "sh", *ignored],
        cwd=project,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.splitlines() == ignored


# The project at work, installed for real.


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Template], Path]:
    """A project that fastkit has installed with uv, once for each template."""
    made: dict[str, Path] = {}

    def project(template: Template) -> Path:
        if template.name not in made:
            cwd = tmp_path_factory.mktemp("installed")
            made[template.name] = install(template, cwd)
        return made[template.name]

    return project


def install(template: Template, cwd: Path) -> Path:
    values = {f"--{name.replace('_', '-')}": value for name, value in ANSWERS.items()}
    words = [word for pair in values.items() for word in pair]
    run = fastkit("startdemo", template.name, *words, "--yes", cwd=cwd, seconds=600)
    if run.code and re.search(r"error sending request|dns error|timed out|Failed to fetch", run.err):
        pytest.skip(f"the registry does not answer: {run.error_lines[-2].strip()}")
    assert run.code == 0, run
    return cwd / ANSWERS["project_name"]


CHECKS = {
    "lint": ("ruff", "check"),
    "format": ("ruff", "format", "--check"),
    "types": ("mypy",),
    "tests": ("pytest", "-q", "-W", "error"),
    "tests as in the tutorial": ("pytest", "tests/", "-v", "--asyncio-mode=auto"),
}


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.xdist_group("installed")
@pytest.mark.parametrize("check", CHECKS)
@every_template
def test_the_project_passes(
    check: str, template: Template, installed: Callable[[Template], Path], tmp_path: Path
) -> None:
    project = installed(template)
    before = sources(project)
    tool, *words = CHECKS[check]
    done = subprocess.run(
        [project / ".venv/bin" / tool, *words],
        cwd=project,
        env=clean_environment(MYPY_CACHE_DIR=str(tmp_path), RUFF_NO_CACHE="true"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert sources(project) == before, "it changed files of the project"


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.xdist_group("installed")
@every_template
def test_mypy_is_strict(template: Template, installed: Callable[[Template], Path]) -> None:
    pyproject = tomllib.loads((installed(template) / "pyproject.toml").read_text("utf-8"))
    assert pyproject["tool"]["mypy"]["strict"] is True


def sources(project: Path) -> dict[str, tuple[str, bytes]]:
    """What the project consists of, without what tools leave beside it."""
    made = re.compile(r"(^|/)(__pycache__|\.venv|\.[a-z]+_cache|[^/]+\.egg-info)(/|$)")
    return {path: found for path, found in tree(project).items() if not made.search(path)}


def test_there_are_templates() -> None:
    assert "fastapi-async-crud" in [template.name for template in TEMPLATES]
