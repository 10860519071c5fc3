"""`template check --run`: projects installed with uv, then checked by their own tools."""

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fastkit.checking.finding import Finding, Tree, merged
from fastkit.checking.matrix import Case
from fastkit.checking.result import Ran, Result
from fastkit.computing.documents import parse_toml, table_at
from fastkit.errors import InstallFailed, InstallInterrupted, RegistryUnavailable
from fastkit.machine.progress import Progress, Report
from fastkit.making.install import install, run
from fastkit.package_managers import PACKAGE_MANAGERS, Step
from fastkit.package_managers.model import in_environment
from fastkit.rendering.stage import staged

UV = PACKAGE_MANAGERS["uv"]

TOOLS = (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",), ("pytest", "-q"))
"""The tools that check a project, if its environment has them."""

REGISTRY_TIMEOUT = 60.0
"""Seconds."""

NOT_TRUSTED = Finding(
    "run",
    "no project was installed, as that would run code of a template that you do not trust",
    "read it; if you trust its author, pass --trust",
)
"""So that nobody mistakes the success of the other checks for that of `--run`."""


def run_projects(result: Result, progress: Progress) -> Result:
    """The result, once the projects have run that together have all code and requirements of the template.

    Raises:
        ManagerUnavailable: uv cannot be used.
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
    return replace(result, findings=(*result.findings, *merged(found, len(ran))), ran=tuple(ran))


def covering(trees: Sequence[Tree]) -> list[Tree]:
    """The defaults, then repeatedly the project with most of what the chosen ones lack."""
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
    """What may change the result of a tool: each Python file, and each line of settings."""
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
            if isinstance(error, InstallInterrupted):
                raise KeyboardInterrupt from None
            return Ran(case.name, ()), [not_installed(case, error)]
        tools = [words for words in TOOLS if has_tool(project, words[0])]
        found = [finding for words in tools for finding in run_tool(case, project, words, report)]
    return Ran(case.name, tuple(" ".join(words) for words in tools)), found


def not_installed(case: Case, error: InstallFailed) -> Finding:
    """
    Raises:
        RegistryUnavailable: the fault is not the template's.
    """
    if not registry_answers():
        raise RegistryUnavailable("".join(error.tail[-1:]).strip()) from error
    hint = "fix the dependencies in its pyproject.toml"
    return Finding("run", f"{error.message} in the project", hint, "", None, (case.name,), error.tail)


def registry_answers() -> bool:
    """Whether uv finds a package that always exists, so that a failed install is the template's fault."""
    words = [UV.find() or UV.name, "pip", "compile", "--quiet", "--no-cache", "-"]
    try:
        done = subprocess.run(
            words,
            cwd=tempfile.gettempdir(),
            env=UV.environment(),
            input=b"pip",
            capture_output=True,
            timeout=REGISTRY_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def has_tool(project: Path, tool: str) -> bool:
    """Whether the project has installed it and, for mypy, says what to check."""
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
        hint = "make the project with `fastkit startdemo`, and run the command there"
        yield Finding("run", f"`{' '.join(words)}` fails in the project", hint, "", None, (case.name,), shown)
