"""Check: the names of files work on every system, and belong in a project."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from fastkit.catalog.layers import suffix
from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding, Source, Tree
from fastkit.checking.sources import read_sources
from fastkit.machine.names import WINDOWS_DEVICES

CHECK = "file names"

LONGEST_PATH = 120
"""Below the project's folder; Windows allows 260 characters in all."""

FORBIDDEN = re.compile(r'[<>:"\\|?*\x00-\x1f]|[ .]$')
"""https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file"""

LITTER = re.compile(
    r"\.(tox|nox|coverage|hypothesis|idea)|\.[a-z_]+_cache|node_modules"
    r"|Thumbs\.db|.*\.(pyd|orig|rej|swp|egg-info|jinja)|.*~"
)
"""What tools leave behind, in addition to what is never rendered."""


def check_source_names(template: Template) -> Iterator[Finding]:
    """git cannot check out a template on Windows if the names of its own files are forbidden there."""
    hint = "use single quotes in a condition; compute what needs a filter in a `when: false` question"
    for source in read_sources(template).values():
        if not source.shown.startswith("/") and FORBIDDEN.search(source.shown):
            yield Finding(CHECK, "the name is not allowed on Windows", hint, source.shown)


def check_names(template: Template, tree: Tree) -> Iterator[Finding]:
    paths = {str(parent) for path in tree.files for parent in PurePosixPath(path).parents if parent.name}
    names = sorted(paths | tree.files.keys())
    for name in names:
        file = tree.files.get(name)
        shown = file.source.shown if file and file.source else ""
        for problem, hint in problems(name, suffix(template)):
            yield Finding(CHECK, f"`{name}` {problem}", hint, shown)
    yield from collisions(names)


def check_same_names(tree: Tree, origins: Mapping[str, Sequence[Source]]) -> Iterator[Finding]:
    """If several files of a template become one, only the last one counts."""
    for path, sources in origins.items():
        for source in sources[1:] if path in tree.files else ():
            problem = f"becomes `{path}`, as `{sources[0].shown}` does"
            yield Finding(CHECK, problem, "rename one of them", source.shown)


def problems(path: str, suffix: str) -> Iterator[tuple[str, str]]:
    name = PurePosixPath(path).name
    if FORBIDDEN.search(name):
        yield "is not allowed on Windows", "rename it"
    if name.split(".")[0].lower() in WINDOWS_DEVICES:
        yield "is a device on Windows", "rename it"
    if "{{" in name or "{%" in name:
        yield "contains Jinja", "fix its name"
    if LITTER.fullmatch(name):
        yield "does not belong in a project", "remove it from the template, or rename it"
    elif suffix and name.endswith(suffix):
        yield "still has the suffix of rendered files", "rename it"
    if len(path) > LONGEST_PATH:
        yield f"must have at most {LONGEST_PATH} characters, not {len(path)}", "shorten it"


def collisions(names: list[str]) -> Iterator[Finding]:
    by_name: dict[str, list[str]] = {}
    for name in names:
        by_name.setdefault(name.casefold(), []).append(f"`{name}`")
    for same in by_name.values():
        if len(same) > 1:
            problem = f"{' and '.join(same)} are the same file on Windows and macOS"
            yield Finding(CHECK, problem, "rename one of them")
