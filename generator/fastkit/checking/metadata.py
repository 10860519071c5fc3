"""Check: a template says what lists and updates need, and names the dependencies of its projects."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding, Tree
from fastkit.computing.documents import list_at, parse_toml, table_at
from fastkit.computing.safe_yaml import DocumentError
from fastkit.distributions import distribution_of, read_version

CHECK = "metadata"

WANTED = {
    "title": "a few words for `list-templates`",
    "description": "one sentence for `show`",
    "version": "such as 1.0.0, which updates compare",
}


def check_metadata(template: Template) -> Iterator[Finding]:
    if not template.about:
        return
    for name, use in WANTED.items():
        if not template.about.get(name):
            problem = f"`_fastkit` must have a `{name}`"
            yield Finding(CHECK, problem, f"add {use}", *template.place("_fastkit"))
    yield from check_version(template, template.version, "version")
    for version in template.notes:
        yield from check_version(template, version, "notes", version)


def check_version(template: Template, version: str, *keys: str) -> Iterator[Finding]:
    """An update compares versions, and shows the notes of those newer than the project's."""
    if version and not read_version(version):
        hint = "write it like 1.0.0 or 2.0.0rc1 (PEP 440)"
        problem = f"the version `{version}` cannot be compared"
        yield Finding(CHECK, problem, hint, *template.place("_fastkit", *keys))


def notes_on(template: Template) -> tuple[str, ...]:
    """Remarks for its author that are not faults."""
    if template.about:
        return ()
    return (f"`{template.name}` has no `_fastkit`, so lists show no title and no version",)


def check_dependencies(template: Template, trees: Sequence[Tree]) -> Iterator[Finding]:
    """Compare `_fastkit` with each pyproject.toml, as no project can have the name of a dependency."""
    named = {distribution_of(text) for text in (*template.dependencies, *template.other_dependencies)}
    projects = [(tree, project) for tree in trees if (project := pyproject(tree))]
    if not template.about or not projects:
        return
    file, line = template.place("_fastkit", "dependencies")
    for tree, project in projects:
        of_features = requirements_of(chain(*((*f.dependencies, *f.dev_dependencies) for f in tree.features)))
        for name in sorted(installed(project) - named - of_features):
            hint = f"add `{name}` to `dependencies` or `other_dependencies` of `_fastkit`"
            problem = f"projects install `{name}`, which `_fastkit` does not list"
            yield Finding(CHECK, problem, hint, file, line, (tree.case,))
    used: set[str] = set().union(*(installed(project) | optional(project) for _, project in projects))
    for name in sorted(named - used):
        problem = f"`_fastkit` lists `{name}`, which no project installs"
        yield Finding(CHECK, problem, f"remove `{name}`", file, line)


def pyproject(tree: Tree) -> dict[str, Any] | None:
    """None if the project has none with a table `project`."""
    file = tree.files.get("pyproject.toml")
    try:
        found = parse_toml(file.text or "") if file else {}
    except DocumentError:
        return None  # reported already
    return found if isinstance(found.get("project"), dict) else None


def installed(project: dict[str, Any]) -> set[str]:
    """What each package manager installs: the dependencies and the group `dev`."""
    group = list_at(project, "dependency-groups", "dev")
    return requirements_of([*list_at(project, "project", "dependencies"), *group])


def optional(project: dict[str, Any]) -> set[str]:
    tables = table_at(project, "project", "optional-dependencies"), table_at(project, "dependency-groups")
    return set().union(*(requirements_of(list_at(table, name)) for table in tables for name in table))


def requirements_of(texts: Iterable[Any]) -> set[str]:
    return {distribution_of(text) for text in texts if isinstance(text, str)}
