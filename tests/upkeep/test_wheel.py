"""fastkit as it is published: built, installed by pip, and making the same project as the source tree."""

import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command_line import clean_environment, fastkit
from tests.support.demo import WORDS
from tests.support.folders import tree

ROOT = Path(__file__).parents[2]

PROJECT = ("startdemo", "fastapi-async-crud", *WORDS, "--package-manager", "uv", "--no-install", "--yes")

LITTER = ("__pycache__", ".pyc", ".venv", "_cache/", ".DS_Store", ".egg-info")

pytestmark = pytest.mark.xdist_group("wheel")


@dataclass(frozen=True)
class Built:
    """What `python -m build` made."""

    wheel: Path
    sdist: Path

    @property
    def wheel_files(self) -> set[str]:
        return set(zipfile.ZipFile(self.wheel).namelist())

    @property
    def sdist_files(self) -> set[str]:
        """Paths in the sdist, without the folder that holds all of them."""
        with tarfile.open(self.sdist) as archive:
            return {name.partition("/")[2] for name in archive.getnames()}


def template_files() -> set[str]:
    """Every file of the templates that is no tool's litter, from the repository's root."""
    return files_below(ROOT / "templates", ROOT)


def files_below(folder: Path, root: Path) -> set[str]:
    found = (path.relative_to(root).as_posix() for path in folder.rglob("*") if path.is_file())
    return {path for path in found if not any(litter in path for litter in LITTER)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The sdist of the repository, and the wheel that is built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(words, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Built(next(folder.glob("*.whl")), next(folder.glob("*.tar.gz")))


@pytest.fixture(scope="module")
def program(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """fastkit in an environment of its own, installed by pip, with the dependencies of the tests' one."""
    environment = tmp_path_factory.mktemp("wheel") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin/python"
    words = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index"]
    done = subprocess.run([*words, str(built.wheel)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    site_packages(environment).joinpath("dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin/fastkit"


def site_packages(environment: Path) -> Path:
    return next(environment.glob("lib/python*/site-packages"))


def run(program: Path, *words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [program, *words], cwd=cwd, env=clean_environment(), capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_every_file_of_every_template(built: Built) -> None:
    wanted = {f"fastkit/{path}" for path in template_files()}
    assert wanted
    assert wanted - built.wheel_files == set()
    assert {path for path in built.wheel_files if path.startswith("fastkit/templates/")} == wanted


def test_the_wheel_holds_every_file_of_the_starter(built: Built) -> None:
    generator = ROOT / "generator"
    wanted = files_below(generator / "fastkit/checking/starter", generator)
    assert "fastkit/checking/starter/project/.gitignore.jinja" in wanted
    assert wanted - built.wheel_files == set()


def test_the_sdist_holds_what_the_tests_and_the_build_need(built: Built) -> None:
    assert template_files() - built.sdist_files == set()
    named = {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "tests/conftest.py",
        "generator/fastkit/py.typed",
        ".ci/constraints/fastkit.txt",
    }
    assert named - built.sdist_files == set()


def test_nobodys_litter_is_published(built: Built) -> None:
    published = built.wheel_files | built.sdist_files
    assert [path for path in published if any(litter in path for litter in LITTER)] == []


def test_the_installed_program_is_the_one_that_was_built(program: Path, tmp_path: Path) -> None:
    where = "import fastkit, sys; print(fastkit.__file__)"
    found = run(program.with_name("python"), "-c", where, cwd=tmp_path).stdout.strip()
    assert Path(found).is_relative_to(program.parents[1])
    assert run(program, "--version", cwd=tmp_path).stdout == fastkit("--version", cwd=tmp_path).out


def test_the_wheel_makes_the_same_project_as_the_source_tree(program: Path, tmp_path: Path) -> None:
    templates = site_packages(program.parents[1]) / "fastkit/templates"
    assert list(templates.rglob("__pycache__")), "pip was to compile the templates"
    installed, source = tmp_path / "installed", tmp_path / "source"
    installed.mkdir()
    source.mkdir()
    done = run(program, *PROJECT, cwd=installed)
    assert done.returncode == 0, done.stderr
    assert fastkit(*PROJECT, cwd=source).code == 0
    made = tree(installed / "shop")
    assert made == tree(source / "shop")
    assert {".env", ".gitignore", ".editorconfig"} <= made.keys()
    assert not any("__pycache__" in path or path.endswith(".pyc") for path in made)


def test_the_wheel_lists_and_shows_the_same_as_the_source_tree(program: Path, tmp_path: Path) -> None:
    for words in (("list-templates",), ("show", "fastapi-async-crud", "--json")):
        shown = run(program, *words, cwd=tmp_path).stdout
        templates = str(site_packages(program.parents[1]) / "fastkit/templates")
        assert shown.replace(templates, str(ROOT / "templates")) == fastkit(*words, cwd=tmp_path).out


def test_the_installed_program_makes_a_template_that_passes_check(program: Path, tmp_path: Path) -> None:
    starter = site_packages(program.parents[1]) / "fastkit/checking/starter"
    assert list(starter.rglob("__pycache__")), "pip was to compile the starter"
    assert run(program, "template", "new", "my-api", cwd=tmp_path).returncode == 0
    assert not list(tmp_path.rglob("__pycache__"))
    done = run(program, "template", "check", "./my-api", cwd=tmp_path)
    assert done.stdout == "my-api: 7 projects checked, no findings\n", done.stderr


def test_pytest_finds_the_fixture_of_the_wheel(program: Path, tmp_path: Path) -> None:
    words = ("-m", "pytest", "-p", "no:cacheprovider", "--fixtures")
    assert "render_template [session scope]" in run(program.with_name("python"), *words, cwd=tmp_path).stdout
