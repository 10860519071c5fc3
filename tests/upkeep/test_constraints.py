"""The committed versions fit what pyproject.toml and the templates allow, on every system and Python."""

import re
import tomllib
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fastkit.catalog import features
from fastkit.catalog.template import Template
from tests.support import constraints
from tests.support.constraints import CONSTRAINTS, ROOT, held, read_pins, requirements_of

PYTHONS = ("3.11", "3.12", "3.13", "3.14")

SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}

every_python = pytest.mark.parametrize("python", PYTHONS)
every_system = pytest.mark.parametrize("system", SYSTEMS)
every_file = pytest.mark.parametrize("file", sorted(CONSTRAINTS.iterdir()), ids=lambda file: file.name)

REFRESH = "refresh the files with `make constraints`"


def unfit(file: Path, wanted: Iterable[str], python: str, system: str) -> list[str]:
    """The requirements that have no version in the file, or one that they do not allow."""
    pins = held(read_pins(file), python, **SYSTEMS[system])
    versions = {pin.name: str(pin.specifier).removeprefix("==") for pin in pins}
    asked = held(map(Requirement, wanted), python, **SYSTEMS[system])
    return [str(r) for r in asked if not r.specifier.contains(versions.get(canonicalize_name(r.name), "0"))]


@every_system
@every_python
@pytest.mark.parametrize("file", ["fastkit.txt", "fastkit-oldest.txt"])
def test_what_fastkit_and_its_developers_need_is_pinned(file: str, python: str, system: str) -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert unfit(CONSTRAINTS / file, requirements_of(about), python, system) == [], REFRESH


@every_system
@every_python
def test_what_projects_and_managers_need_is_pinned(python: str, system: str) -> None:
    needed = {**constraints.requirements_of_projects(), **constraints.MANAGERS}
    found = {name: unfit(CONSTRAINTS / f"{name}.txt", needed[name], python, system) for name in needed}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}, REFRESH


@every_file
def test_nothing_has_two_versions(file: Path) -> None:
    for python, system in product(PYTHONS, SYSTEMS.values()):
        names = [pin.name for pin in held(read_pins(file), python, **system)]
        assert sorted(set(names)) == sorted(names)


@every_file
def test_a_file_holds_names_versions_and_markers_alone(file: Path) -> None:
    line = re.compile(r"[a-z0-9-]+==[0-9a-z.+!]+( ; [^:/#]+)?")
    assert [text for text in file.read_text("utf-8").splitlines() if not line.fullmatch(text)] == []


@pytest.mark.parametrize("template", constraints.bundled_templates(), ids=lambda template: template.name)
def test_the_names_that_a_template_lists_are_all_that_its_projects_install(template: Template) -> None:
    """Too few, and a project could have the name of something it installs; too many refuse it for nothing."""
    listed = template.taken_names | features.taken_names(features.offered(template))
    pinned = {pin.name for pin in read_pins(CONSTRAINTS / f"{template.name}.txt")}
    assert listed | {*constraints.INSTALLERS} == pinned, REFRESH


def test_every_file_is_used() -> None:
    named = {"fastkit", "fastkit-oldest", *constraints.MANAGERS, *constraints.requirements_of_projects()}
    assert {file.stem for file in CONSTRAINTS.iterdir()} == named
