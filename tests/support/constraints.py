"""What `make constraints` resolves: versions to develop and test fastkit with, and names.

A new release of anything is therefore tried when somebody refreshes these files, and breaks no other change.
Templates and features list the names of what their projects install indirectly, as no project can have one.
"""

import re
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fastkit.catalog import features
from fastkit.catalog.find import find_template, list_templates
from fastkit.catalog.template import Template
from fastkit.checking.new_template import copy_starter
from fastkit.checking.samples import make_sample, render_files

ROOT = Path(__file__).parents[2]

CONSTRAINTS = ROOT / ".ci/constraints"
"""For each of these, a file: fastkit, also with its oldest dependencies, every template, PDM and Poetry."""

OLDEST_PYTHON = "3.11"

MANAGERS = {
    # PDM 2.29.4 accepts hishel 2, but does not start with it
    "pdm": ("pdm", "hishel<2"),
    # Poetry needs a plugin to use another index
    "poetry": ("poetry", "poetry-plugin-pypi-mirror"),
}
"""The package managers that get an environment of their own, and what is in it."""

INSTALLERS = ("pip", "setuptools", "uv", "wheel")
"""What a project needs to be installed, besides its requirements; `wheel` with the pip that venv brings."""

IN_AN_ENVIRONMENT = ("pip", "setuptools")
"""What `venv` and the build of a project bring, whatever the project requires."""


def resolve(folder: Path) -> None:
    """Write the newest versions of everything."""
    folder.mkdir(parents=True, exist_ok=True)
    own = ("--group", "dev", "pyproject.toml")
    write_pins(folder / "fastkit.txt", own)
    write_pins(folder / "fastkit-oldest.txt", ("--resolution", "lowest-direct", *own))
    resolve_projects(folder)
    for manager, wanted in MANAGERS.items():
        write_pins(folder / f"{manager}.txt", ("-",), wanted)


def resolve_projects(folder: Path) -> None:
    """Each template by itself, as projects of two may exclude each other's requirements."""
    for name, wanted in requirements_of_projects().items():
        write_pins(folder / f"{name}.txt", ("-",), wanted)


def write_pins(file: Path, words: Sequence[str], wanted: Iterable[str] = ()) -> None:
    file.write_text(pins(("--upgrade", *words), wanted), "utf-8")


def pins(words: Sequence[str], wanted: Iterable[str] = ()) -> str:
    """Resolve for every system and Python, to nothing but names, versions and markers."""
    plain = ("--quiet", "--no-header", "--no-annotate", "--no-emit-index-url")
    everywhere = ("--universal", "--python-version", OLDEST_PYTHON)
    return subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", *plain, *everywhere, *words],
        cwd=ROOT,
        input="\n".join(wanted),
        text=True,
        stdout=subprocess.PIPE,
        timeout=300,
        check=True,
    ).stdout


def list_indirect_dependencies() -> None:
    """Write in each copier.yml and feature.yml what its requirements bring along, at the pinned versions."""
    with TemporaryDirectory() as folder:
        for template in bundled_templates():
            wanted = requirements_of(pyproject(template, Path(folder), ()))
            names = brought_along(template.name, wanted, besides=IN_AN_ENVIRONMENT)
            write_names(template.folder / "copier.yml", "  ", names)
            for feature in features.offered(template):
                if wanted := [*feature.dependencies, *feature.dev_dependencies]:
                    about = feature.folders[0] / features.ABOUT
                    write_names(about, "", brought_along(template.name, wanted))


def brought_along(template: str, wanted: Sequence[str], besides: Sequence[str] = ()) -> list[str]:
    found = pins(("--constraint", str(CONSTRAINTS / f"{template}.txt"), "-"), wanted)
    direct = {canonicalize_name(Requirement(text).name) for text in wanted}
    return sorted({Requirement(line).name for line in found.splitlines()} - direct | {*besides})


NAMES = re.compile(r"^ *indirect_dependencies: \[.*?\]\n", re.DOTALL | re.MULTILINE)


def write_names(file: Path, indent: str, names: Iterable[str]) -> None:
    lines = textwrap.indent(textwrap.fill(", ".join(names) + ",", 96, break_on_hyphens=False), f"{indent}  ")
    text = f"{indent}indirect_dependencies: [\n{lines}\n{indent}]\n"
    file.write_text(NAMES.sub(text, file.read_text("utf-8")), "utf-8")


@cache
def requirements_of_projects() -> dict[str, list[str]]:
    """What the projects require that the templates of fastkit make, with all features, by template."""
    with TemporaryDirectory() as folder:
        return {
            template.name: sorted({*requirements_of(pyproject(template, Path(folder))), *INSTALLERS})
            for template in own_templates(Path(folder))
        }


def bundled_templates() -> list[Template]:
    return [template for template in list_templates() if template.source == "bundled"]


def own_templates(room: Path) -> Iterator[Template]:
    yield from bundled_templates()
    yield find_template(str(copy_starter("starter", room)))


def pyproject(template: Template, room: Path, names: Sequence[str] | None = None) -> dict[str, Any]:
    """That of a project with these features; with all of them where none are named."""
    if names is None:
        names = [feature.name for feature in features.offered(template)]
    recipe = make_sample(template, {"package_manager": "uv"}, names).recipe
    project = render_files(recipe, room / f"of-{template.name}")
    return tomllib.loads((project / "pyproject.toml").read_text("utf-8"))


def requirements_of(about: Mapping[str, Any]) -> list[str]:
    """Also in groups and extras, and to be built."""
    project = about["project"]
    lists = [
        project.get("dependencies", []),
        *project.get("optional-dependencies", {}).values(),
        *about.get("dependency-groups", {}).values(),
        about.get("build-system", {}).get("requires", []),
    ]
    return [wanted for several in lists for wanted in several]


def read_pins(file: Path) -> list[Requirement]:
    return [Requirement(line) for line in file.read_text("utf-8").splitlines()]


def held(pins: Iterable[Requirement], python: str, **system: str) -> list[Requirement]:
    """The pins that hold on a version of Python; on this system, unless another is named."""
    version = {"python_version": python, "python_full_version": f"{python}.9"}
    here: dict[str, Any] = {**default_environment(), **version, **system}
    return [pin for pin in pins if pin.marker is None or pin.marker.evaluate(here)]


if __name__ == "__main__":
    resolve(CONSTRAINTS)
    list_indirect_dependencies()
