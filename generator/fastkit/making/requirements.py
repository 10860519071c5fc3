"""The requirements that a project declares, and which of them its environment lacks.

Nothing in the environment is run: its folder shows which packages and which Python it has.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from fastkit.computing.documents import parse_toml
from fastkit.distributions import normalized

PACKAGES = ("lib*/*/site-packages", "Lib/site-packages")


def lacking(project: Path) -> list[str]:
    """Names of the requirements for this machine that are not installed, as the project spells them."""
    declared = list(requirements(read_table(project / "pyproject.toml")))
    environment = find_environment(project)
    if not declared or environment is None:
        return [requirement.name for requirement in declared]
    installed = installed_names(environment)
    markers = marker_values(environment)
    return [
        requirement.name
        for requirement in declared
        if normalized(requirement.name) not in installed
        and (requirement.marker is None or requirement.marker.evaluate(markers))
    ]


def read_table(file: Path) -> Mapping[str, Any]:
    try:
        return parse_toml(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


# Declared.


def requirements(pyproject: Mapping[str, Any]) -> Iterator[Requirement]:
    """Those that every package manager installs: of the project, and of its group `dev`."""
    uv, poetry = (table_in(pyproject, "tool", name) for name in ("uv", "poetry"))
    lines = list_in(table_in(pyproject, "project"), "dependencies")
    if not {"default-groups", "dependency-groups"} & uv.keys() and "group" not in poetry:
        lines = [*lines, *group_lines(table_in(pyproject, "dependency-groups"), "dev", frozenset())]
    others = read_requirements([*list_in(uv, "override-dependencies"), *list_in(uv, "exclude-dependencies")])
    replaced = {normalized(requirement.name) for requirement in others}
    yield from (found for found in read_requirements(lines) if normalized(found.name) not in replaced)


def group_lines(groups: Mapping[str, Any], name: str, above: frozenset[str]) -> Iterator[Any]:
    """The entries of a group and of those that it includes."""
    for entry in list_in(groups, name) if name not in above else ():
        if isinstance(entry, dict):
            yield from group_lines(groups, str(entry.get("include-group")), above | {name})
        else:
            yield entry


def read_requirements(lines: Iterable[Any]) -> Iterator[Requirement]:
    for line in lines:
        try:
            yield Requirement(line)
        except (InvalidRequirement, TypeError):  # which the package manager accepted
            continue


def table_in(table: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    for key in keys:
        found = table.get(key)
        table = found if isinstance(found, dict) else {}
    return table


def list_in(table: Mapping[str, Any], key: str) -> list[Any]:
    found = table.get(key)
    return found if isinstance(found, list) else []


# Installed.


def find_environment(project: Path) -> Path | None:
    """The project's own, or that of the uv workspace of which the project is a member."""
    for folder in (project, *project.parents):
        is_ours = folder == project or table_in(
            read_table(folder / "pyproject.toml"), "tool", "uv", "workspace"
        )
        if is_ours and (folder / ".venv/pyvenv.cfg").is_file():
            return folder / ".venv"
    return None


def installed_names(environment: Path) -> set[str]:
    folders = [str(folder) for pattern in PACKAGES for folder in environment.glob(pattern)]
    found = (distribution.metadata["Name"] for distribution in distributions(path=folders))
    return {normalized(name) for name in found if name}


def marker_values(environment: Path) -> dict[str, str]:
    """The values of markers that depend on the environment's Python, which may differ from ours."""
    lines = (environment / "pyvenv.cfg").read_text("utf-8", errors="replace").splitlines()
    settings = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}
    version = settings.get("version_info") or settings.get("version", "")
    parts = version.split(".")[:3]
    if len(parts) < 2:
        return {}
    return {"python_version": ".".join(parts[:2]), "python_full_version": ".".join(parts)}
