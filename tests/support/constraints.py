"""The versions that are installed to develop and test fastkit: resolved by `make constraints`, and committed.

A new release of anything is therefore tried when somebody refreshes these files, and decides about no
other change.
"""

import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import Requirement

from fastkit.catalog import features
from fastkit.catalog.find import find_template, list_templates
from fastkit.catalog.template import Template
from fastkit.checking.new_template import copy_starter
from fastkit.checking.samples import make_trial, render_files

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
    """Resolve for every system and Python, and write nothing but names, versions and markers."""
    plain = ("--quiet", "--no-header", "--no-annotate", "--no-emit-index-url")
    everywhere = ("--universal", "--python-version", OLDEST_PYTHON)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "compile",
            "--upgrade",
            *plain,
            *everywhere,
            *words,
            "--output-file",
            str(file),
        ],
        cwd=ROOT,
        input="\n".join(wanted),
        text=True,
        stdout=subprocess.DEVNULL,
        timeout=300,
        check=True,
    )


@cache
def requirements_of_projects() -> dict[str, list[str]]:
    """What the projects require that the templates of fastkit make, with all features, by template."""
    with TemporaryDirectory() as folder:
        return {
            template.name: sorted({*requirements_of(pyproject(template, Path(folder))), *INSTALLERS})
            for template in own_templates(Path(folder))
        }


def own_templates(room: Path) -> Iterator[Template]:
    yield from (template for template in list_templates() if template.source == "bundled")
    yield find_template(str(copy_starter("starter", room)))


def pyproject(template: Template, room: Path) -> dict[str, Any]:
    names = [feature.name for feature in features.offered(template)]
    plan = make_trial(template, {"package_manager": "uv"}, names).plan
    project = render_files(plan, room / f"of-{template.name}")
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
