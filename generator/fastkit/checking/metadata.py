"""What a template says of itself, against what it makes."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from fastkit.catalog import features
from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding, Tree
from fastkit.computing.documents import DocumentError, list_at, parse_toml, table_at
from fastkit.distributions import normalized, read_version

CHECK = "metadata"

SAID = {
    "title": "a few words, which `list-templates` shows",
    "description": "one sentence, which `show` shows",
    "version": "such as 1.0.0, which updates compare",
}


def judge_metadata(template: Template) -> Iterator[Finding]:
    if not template.about:
        return
    file, line = template.place("_fastkit")
    for name, use in SAID.items():
        if not template.about.get(name):
            yield Finding(CHECK, f"`_fastkit` has no `{name}`", f"add one: {use}", file, line)
    yield from judge_version(template, template.version, "version")
    for version in template.notes:
        yield from judge_version(template, version, "notes", version)


def judge_version(template: Template, version: str, *keys: str) -> Iterator[Finding]:
    """An update compares versions, and shows the notes of those that are newer than a project."""
    if version and not read_version(version):
        file, line = template.place("_fastkit", *keys)
        hint = "write it like 1.0.0 or 2.0.0rc1, as PEP 440 says"
        yield Finding(CHECK, f"the version `{version}` cannot be compared", hint, file, line)


def notes_on(template: Template) -> tuple[str, ...]:
    """What its author may like to know, and need not change."""
    if template.about:
        return ()
    return (f"`{template.name}` has no `_fastkit`, so lists show neither a title nor a version of it",)


def judge_dependencies(template: Template, trees: Sequence[Tree]) -> Iterator[Finding]:
    """Compare the names in `_fastkit` with those in each pyproject.toml: no project can have such a name."""
    named = {name_of(text) for text in (*template.dependencies, *template.other_dependencies)}
    projects = [(tree, project) for tree in trees if (project := pyproject(tree))]
    if not template.about or not projects:
        return
    file, line = template.place("_fastkit", "dependencies")
    of_features = {part.name: requirements_of(part.dev_dependencies) for part in features.offered(template)}
    for tree, project in projects:
        brought = set().union(*(of_features.get(name, set()) for name in tree.features))
        for name in sorted(installed(project) - named - brought):
            hint = f"add `{name}` to `dependencies` or `other_dependencies` of `_fastkit`"
            problem = f"projects install `{name}`, which the metadata does not name"
            yield Finding(CHECK, problem, hint, file, line, (tree.case,))
    used: set[str] = set().union(*(installed(project) | optional(project) for _, project in projects))
    for name in sorted(named - used):
        problem = f"the metadata names `{name}`, which no project installs"
        yield Finding(CHECK, problem, f"remove `{name}`", file, line)


def pyproject(tree: Tree) -> dict[str, Any] | None:
    """None where the project has none that lists what it installs."""
    file = tree.files.get("pyproject.toml")
    try:
        found = parse_toml(file.text or "") if file else {}
    except DocumentError:
        return None  # said already
    return found if isinstance(found.get("project"), dict) else None


def installed(project: dict[str, Any]) -> set[str]:
    """What every package manager installs: the dependencies and the group `dev`."""
    group = list_at(project, "dependency-groups", "dev")
    return requirements_of([*list_at(project, "project", "dependencies"), *group])


def optional(project: dict[str, Any]) -> set[str]:
    tables = table_at(project, "project", "optional-dependencies"), table_at(project, "dependency-groups")
    return set().union(*(requirements_of(list_at(table, name)) for table in tables for name in table))


def requirements_of(texts: Sequence[Any]) -> set[str]:
    return {name_of(text) for text in texts if isinstance(text, str)}


def name_of(requirement: str) -> str:
    return normalized(re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0])
