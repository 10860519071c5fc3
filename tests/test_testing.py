"""`fastkit.testing`: the fixture by which authors test their templates."""

import subprocess
import sys
from pathlib import Path

import pytest

from fastkit.errors import InvalidAnswer, UnknownName, UntrustedTemplate
from fastkit.testing import RenderTemplate
from tests.support.command_line import clean_environment
from tests.support.demo import make_demo
from tests.support.folders import write
from tests.support.managers import Managers


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    make_demo(tmp_path)
    return tmp_path / "demo"


def test_questions_without_an_answer_get_a_default_or_a_sample(
    demo: Path, render_template: RenderTemplate
) -> None:
    project = render_template(demo, {"port": 9000})
    assert project.path.name == "sample-project"
    text = project.read("pyproject.toml")
    assert 'name = "sample-project"' in text
    assert 'database = "none"\nport = 9000\n' in text


def test_the_paths_are_those_of_the_files(demo: Path, render_template: RenderTemplate) -> None:
    project = render_template(demo)
    assert project.paths == [
        *(".env", ".gitignore", "pyproject.toml", "src/[id].py", "src/main.py", "tests/test_demo.py")
    ]
    write(project.path, {".venv/x": "", "src/__pycache__/x.pyc": ""})
    assert len(project.paths) == 6


def test_each_project_has_a_folder_of_its_own(demo: Path, render_template: RenderTemplate) -> None:
    assert render_template(demo).path != render_template(demo).path


def test_a_template_has_its_features(demo: Path, render_template: RenderTemplate) -> None:
    config = (demo / "copier.yml").read_text().replace("title: A demo", "features: [box], title: A demo")
    box = {"feature.yml": "title: Box\n", "project/Dockerfile": "FROM python:3.13\n"}
    write(demo, {"copier.yml": config, **{f"features/box/{name}": text for name, text in box.items()}})
    assert "Dockerfile" in render_template(demo, features=["box"]).paths
    assert "Dockerfile" not in render_template(demo).paths


def test_what_startdemo_refuses_is_refused(demo: Path, render_template: RenderTemplate) -> None:
    with pytest.raises(UnknownName, match="no question in `demo` called `prt`"):
        render_template(demo, {"prt": 1})
    with pytest.raises(UnknownName, match="no feature of `demo` called `box`"):
        render_template(demo, features=["box"])
    with pytest.raises(InvalidAnswer, match="`database` cannot be `oracle`"):
        render_template(demo, {"database": "oracle"})


def test_code_of_a_template_runs_only_when_it_is_trusted(demo: Path, render_template: RenderTemplate) -> None:
    config = (demo / "copier.yml").read_text()
    write(demo, {"copier.yml": f"_jinja_extensions: [jinja2.ext.do]\n{config}"})
    write(demo, {"project/list.txt.jinja": "{% do [].append(1) %}done\n"})
    with pytest.raises(UntrustedTemplate):
        render_template(demo)
    assert render_template(demo, trust=True).read("list.txt") == "done\n"


def test_a_command_runs_in_the_project_by_preference_from_its_environment(
    demo: Path, render_template: RenderTemplate
) -> None:
    project = render_template(demo)
    assert project.run("git", "--version").stdout.startswith("git version")
    tool = write(project.path / ".venv/bin", {"git": "#!/bin/sh\npwd; exit 3\n"}) / "git"
    tool.chmod(0o755)
    done = project.run("git")
    assert (done.returncode, Path(done.stdout.strip())) == (3, project.path.resolve())


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.xdist_group("installed")
def test_a_project_is_installed_and_its_tests_run(
    demo: Path, render_template: RenderTemplate, managers: Managers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in managers.environment().items():
        monkeypatch.setenv(name, value)
    project = render_template(demo)
    with (project.path / "pyproject.toml").open("a") as file:
        file.write('[dependency-groups]\ndev = ["pytest"]\n[tool.uv]\npackage = false\n')
    project.install()
    done = project.run("pytest", "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.run("python", "-c", "import sys; print(sys.prefix)").stdout.strip().endswith(".venv")


def test_the_plugin_imports_nothing_of_weight() -> None:
    """Whoever has fastkit installed pays for it at each start of pytest."""
    code = (
        "import pytest, sys; before = {*sys.modules}; import fastkit.testing; print(*{*sys.modules} - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=clean_environment(), capture_output=True, text=True, check=True
    )
    assert {*done.stdout.split()} == {"fastkit", "fastkit.testing"}
