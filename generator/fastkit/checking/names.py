"""Names of files that some machine cannot have, or that no project should."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding, Tree
from fastkit.checking.sources import read_sources, suffix
from fastkit.machine.names import WINDOWS_DEVICES

CHECK = "file names"

LONGEST_PATH = 120
"""Below the project's folder: Windows takes 260 characters in all, and people nest their folders."""

FORBIDDEN = re.compile(r'[<>:"\\|?*\x00-\x1f]|[ .]$')
"""https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file"""

LITTER = re.compile(
    r"\.(tox|nox|coverage|hypothesis|idea)|\.[a-z_]+_cache|node_modules"
    r"|Thumbs\.db|.*\.(pyd|orig|rej|swp|egg-info|jinja)|.*~"
)
"""What tools leave behind, besides what is never rendered."""


def judge_source_names(template: Template) -> Iterator[Finding]:
    """On Windows, git cannot check a template out whose own names are forbidden there."""
    for source in read_sources(template).values():
        if not source.shown.startswith("/") and FORBIDDEN.search(source.shown):
            hint = (
                "in conditions write single quotes; compute what needs a filter in a `when: false` question"
            )
            yield Finding(CHECK, "Windows takes no such name", hint, source.shown)


def judge_names(template: Template, tree: Tree) -> Iterator[Finding]:
    names = {part.as_posix() for path in tree.files for part in (PurePosixPath(path), *parents(path))}
    for name in sorted(names):
        file = tree.files.get(name)
        shown = file.source.shown if file and file.source else ""
        for problem, hint in problems(PurePosixPath(name).name, suffix(template)):
            yield Finding(CHECK, f"`{name}` {problem}", hint, shown)
        if len(name) > LONGEST_PATH:
            problem = f"`{name}` has {len(name)} characters, {LONGEST_PATH} at most"
            yield Finding(CHECK, problem, "shorten it", shown)
    yield from collisions(names)


def parents(path: str) -> list[PurePosixPath]:
    return [parent for parent in PurePosixPath(path).parents if parent.name]


def problems(name: str, suffix: str) -> Iterator[tuple[str, str]]:
    if FORBIDDEN.search(name):
        yield "is a name that Windows does not take", "rename it"
    if name.split(".")[0].lower() in WINDOWS_DEVICES:
        yield "is a device on Windows", "rename it"
    if "{{" in name or "{%" in name:
        yield "holds Jinja", "mend its name"
    if LITTER.fullmatch(name):
        yield "is no file of a project", "remove it from the template, or rename it"
    elif suffix and name.endswith(suffix):
        yield "still has the suffix of rendered files", "rename it"


def collisions(names: set[str]) -> Iterator[Finding]:
    by_name: dict[str, list[str]] = {}
    for name in sorted(names):
        by_name.setdefault(name.casefold(), []).append(name)
    for same in by_name.values():
        if len(same) > 1:
            listed = " and ".join(f"`{name}`" for name in same)
            yield Finding(CHECK, f"{listed} are one file on Windows and macOS", "rename one of them")
