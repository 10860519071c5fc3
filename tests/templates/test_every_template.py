"""Every bundled template: found good by `template check`, and what holds for ours alone."""

from fastkit.catalog.find import find_template
from fastkit.catalog.find import list_templates
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fastkit.catalog import template
from fastkit.catalog.template import Template
from fastkit.checking.check import check
from fastkit.checking.formats import format_of
from tests.proofs import sql
from tests.support import servers
from tests.support.command_line import FASTKIT, clean_environment
from tests.support.folders import tree
from tests.support.managers import Managers, run
from tests.support.projects import ANSWERS, MANAGERS, render

TEMPLATES = [template for template in list_templates() if template.source == "bundled"]

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


@every_template
def test_check_finds_nothing(template: Template) -> None:
    """What holds for any template is checked by the command that its author has, too."""
    result = check(template, {}, trust=False, advance=lambda done, total: None)
    assert result.findings == ()
    managers = {case.name for case in result.cases if case.name.startswith("package_manager=")}
    assert len(managers) == len(MANAGERS) - 1


@every_template
def test_every_kind_of_file_is_parsed_by_check(
    template: Template, rendered: Callable[[Template, str], Path]
) -> None:
    plain = {".gitignore", ".dockerignore", ".python-version", "Makefile", ".txt", ".mako", ".html", ".svg"}
    left = {path.suffix or path.name for path in paths(rendered(template, "uv")) if not format_of(path.name)}
    assert left <= plain


@every_template
def test_every_page_begins_with_its_title(
    template: Template, rendered: Callable[[Template, str], Path]
) -> None:
    pages = [path for path in paths(rendered(template, "uv")) if path.suffix == ".md"]
    assert pages
    assert all(page.read_text("utf-8").startswith("# ") for page in pages)


# What a template says of itself.


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
def installed(managers: Managers, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Template], Path]:
    """A project that fastkit has installed with uv, once for each template."""
    made: dict[str, Path] = {}

    def project(template: Template) -> Path:
        if template.name not in made:
            cwd = tmp_path_factory.mktemp("installed")
            made[template.name] = install(template, cwd, managers.environment())
        return made[template.name]

    return project


def install(template: Template, cwd: Path, env: Mapping[str, str]) -> Path:
    values = {f"--{name.replace('_', '-')}": value for name, value in ANSWERS.items()}
    words = [word for pair in values.items() for word in pair]
    done = run((*FASTKIT, "startdemo", template.name, *words, "--yes"), cwd, env)
    assert done.returncode == 0, done.stdout + done.stderr
    return cwd / ANSWERS["project_name"]


CHECKS = {
    "lint": ("ruff", "check"),
    "format": ("ruff", "format", "--check"),
    "types": ("mypy",),
    "tests": ("pytest", "-q"),
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
def test_the_project_passes_on_postgresql_and_redis(
    installed: Callable[[Template], Path], tmp_path: Path
) -> None:
    with servers.database_owner() as database_url, servers.redis_server() as redis_url:
        project = installed(find_template(sql.TEMPLATE))
        done = subprocess.run(
            [project / ".venv/bin/pytest", "-q", "-rs", f"--junitxml={tmp_path}/report.xml"],
            cwd=project,
            env=clean_environment(TEST_DATABASE_URL=database_url, TEST_REDIS_URL=redis_url),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert list(ElementTree.parse(tmp_path / "report.xml").iter("skipped")) == [], done.stdout
        assert servers.databases_of_user(database_url) == [], "the tests have left a database behind"


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.xdist_group("installed")
@every_template
def test_mypy_is_strict_and_a_warning_an_error(
    template: Template, installed: Callable[[Template], Path]
) -> None:
    pyproject = tomllib.loads((installed(template) / "pyproject.toml").read_text("utf-8"))
    assert pyproject["tool"]["mypy"]["strict"] is True
    assert pyproject["tool"]["pytest"]["ini_options"]["filterwarnings"][0] == "error"


def sources(project: Path) -> dict[str, tuple[str, bytes]]:
    """What the project consists of, without what tools leave beside it."""
    made = re.compile(r"(^|/)(__pycache__|\.venv|\.[a-z]+_cache|[^/]+\.egg-info)(/|$)")
    return {path: found for path, found in tree(project).items() if not made.search(path)}


def test_there_are_templates() -> None:
    assert "fastapi-async-crud" in [template.name for template in TEMPLATES]
