"""The projects of a template at work: installed with uv, then judged by their own tools."""

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastkit.checking.check import Result
from fastkit.checking.finding import Finding, Tree, collapsed
from fastkit.checking.matrix import Case
from fastkit.computing.documents import parse_toml, table_at
from fastkit.errors import FastkitError, InstallFailed
from fastkit.machine.progress import Progress, Report
from fastkit.making.install import install, run
from fastkit.package_managers import PACKAGE_MANAGERS, Step
from fastkit.package_managers.model import in_environment
from fastkit.rendering.stage import staged

UV = PACKAGE_MANAGERS["uv"]

TOOLS = (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",), ("pytest", "-q"))
"""What a project is judged by, as far as its environment has it."""

TO_ANSWER = 60.0
"""Seconds in which a package registry has to answer."""

NOT_TRUSTED = Finding(
    "run",
    "no project was installed: that would run code of the template, which you do not trust yet",
    "read it; if you trust its author, pass --trust",
)
"""Of a template that may not be run, so that nobody takes its other checks for a success of `--run`."""


class RegistryUnavailable(FastkitError):
    def __init__(self, said: str) -> None:
        super().__init__(
            f"no package registry answers, so no project can be run: {said}",
            "go online, or leave --run out",
        )


@dataclass(frozen=True)
class Ran:
    """One project that was installed, and the tools that it was judged by."""

    case: str
    tools: tuple[str, ...]


def run_projects(result: Result, progress: Progress) -> tuple[list[Ran], list[Finding]]:
    """Run those projects that together hold all code and all requirements of the template.

    Raises:
        ManagerUnavailable: there is no uv.
        RegistryUnavailable: nothing can be installed.
    """
    UV.check()
    cases = {case.name: case for case in result.cases}
    ran, found = [], []
    for tree in covering(result.trees):
        with progress(f"Running the project: {tree.case}") as report:
            done, findings = run_project(cases[tree.case], report)
        ran.append(done)
        found += findings
    return ran, collapsed(found, len(ran))


def covering(trees: Sequence[Tree]) -> list[Tree]:
    """The defaults first; then always the project that holds most of what no chosen one has."""
    left = {tree.case: contents(tree) for tree in trees}
    by_case = {tree.case: tree for tree in trees}
    chosen: list[Tree] = []
    while any(left.values()):
        case = max(left, key=lambda case: len(left[case])) if chosen else trees[0].case
        covered = left.pop(case)
        chosen.append(by_case[case])
        left = {case: more - covered for case, more in left.items()}
    return chosen


def contents(tree: Tree) -> set[tuple[str, bytes]]:
    """What tools may judge in another way: each Python file, and each line of settings."""
    found = set()
    for path, file in tree.files.items():
        if path.endswith(".py"):
            found.add((path, file.content))
        elif path.endswith((".toml", ".ini", ".cfg", ".env")) and path != "poetry.toml":
            found |= {(path, line.strip()) for line in file.content.splitlines()}
    return found


def run_project(case: Case, report: Report) -> tuple[Ran, list[Finding]]:
    with staged(case.recipe, Path(tempfile.gettempdir())) as project:
        try:
            install(UV, project, report)
        except InstallFailed as error:
            error.log.unlink(missing_ok=True)
            return Ran(case.name, ()), [not_installed(case, error)]
        tools = [words for words in TOOLS if has_tool(project, words[0])]
        found = [finding for words in tools for finding in run_tool(case, project, words, report)]
    return Ran(case.name, tuple(" ".join(words) for words in tools)), found


def not_installed(case: Case, error: InstallFailed) -> Finding:
    """
    Raises:
        RegistryUnavailable: the template is not at fault.
    """
    if not registry_answers():
        raise RegistryUnavailable("".join(error.tail[-1:]).strip()) from error
    hint = "see to the dependencies in its pyproject.toml"
    return Finding("run", f"{error.message} in the project", hint, "", None, (case.name,), error.tail)


def registry_answers() -> bool:
    """Whether uv gets from the registry what is always there, so that a failed install is the template's."""
    words = [UV.find() or UV.name, "pip", "compile", "--quiet", "--no-cache", "-"]
    try:
        done = subprocess.run(
            words,
            cwd=tempfile.gettempdir(),
            env=UV.environment(),
            input=b"pip",
            capture_output=True,
            timeout=TO_ANSWER,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def has_tool(project: Path, tool: str) -> bool:
    """Whether the project has installed it and, for mypy, says what it is to judge."""
    name = Path(in_environment(tool))
    there = any((project / name.with_suffix(suffix)).is_file() for suffix in ("", ".exe"))
    return there and (tool != "mypy" or configures_mypy(project))


def configures_mypy(project: Path) -> bool:
    if (project / "mypy.ini").is_file():
        return True
    file = project / "pyproject.toml"
    settings = table_at(parse_toml(file.read_text("utf-8")), "tool", "mypy") if file.is_file() else {}
    return bool({"files", "packages", "modules"} & settings.keys())


def run_tool(case: Case, project: Path, words: Sequence[str], report: Report) -> Iterator[Finding]:
    step = Step((in_environment(words[0]), *words[1:]))
    tail = run(UV, step, project, lambda line: None, report)
    if tail is not None:
        shown = tuple(line for line in tail if line.strip())
        hint = "make the project with `fastkit startdemo`, and run it there"
        yield Finding("run", f"`{' '.join(words)}` fails in the project", hint, "", None, (case.name,), shown)
