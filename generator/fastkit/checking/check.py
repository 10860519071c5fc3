"""One template, checked: as it is written, and as every kind of project that it makes."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from fastkit.catalog import features
from fastkit.catalog.questions import Value
from fastkit.catalog.template import Template
from fastkit.checking.determinism import judge_steadiness
from fastkit.checking.finding import File, Finding, Source, Tree, as_finding, collapsed, of_error
from fastkit.checking.formats import judge_format
from fastkit.checking.leftovers import judge_leftovers
from fastkit.checking.matrix import Case, make_matrix
from fastkit.checking.metadata import judge_dependencies, judge_metadata
from fastkit.checking.names import judge_names, judge_source_names
from fastkit.checking.settings import judge_settings
from fastkit.checking.sources import base_roots, read_sources, suffix
from fastkit.checking.trust import judge_trust
from fastkit.checking.variables import judge_variables
from fastkit.checking.whitespace import judge_whitespace
from fastkit.computing.limits import BoundsError, fetched
from fastkit.computing.texts import RenderError, Sandbox, Unset
from fastkit.errors import TemplateError
from fastkit.machine.folders import files_below
from fastkit.rendering.stage import check_template, computed, staged

AS_WRITTEN: tuple[Callable[[Template], Iterator[Finding]], ...] = (
    judge_settings,
    judge_metadata,
    judge_variables,
    judge_source_names,
)
"""What is judged without rendering."""

Advance = Callable[[int, int], None]
"""Takes how many projects are judged, and how many there are in all."""


@dataclass(frozen=True)
class Result:
    """What was found, and in which projects."""

    findings: tuple[Finding, ...]
    cases: tuple[Case, ...] = ()
    trees: tuple[Tree, ...] = ()


def check(template: Template, given: Mapping[str, Value], *, trust: bool, advance: Advance) -> Result:
    """Judge a template and all of its projects.

    Args:
        given: answers that every project has.
        trust: whether it may run code while it is rendered.

    Raises:
        UsageError: a given answer is not one of the template's.
    """
    written: list[Finding] = []
    try:
        written += as_written(template, trust=trust)
        if not trust and "Jinja extensions" in template.runs_code:
            return Result(tuple(written))
        matrix = make_matrix(template, given, trust=trust)
        rendering = Rendering(template, trust=trust)
    except TemplateError as error:
        return Result((*written, of_error("template", error, template.name)))
    found = [*matrix.findings]
    trees = []
    for number, case in enumerate(matrix.cases, 1):
        advance(number, len(matrix.cases))
        tree, findings = rendering.judge(case)
        found += [replace(finding, answers=(case.name,)) for finding in findings]
        trees += [tree] if tree else []
    try:
        found += judge_dependencies(template, trees)
    except TemplateError as error:
        found.append(of_error("template", error, template.name))
    found = [finding for finding in found if not is_said(finding, written)]
    return Result((*written, *collapsed(found, len(matrix.cases))), matrix.cases, tuple(trees))


def is_said(finding: Finding, written: Sequence[Finding]) -> bool:
    """Whether rendering stopped at what is already known of that file."""
    files = {known.file for known in written if known.check == "names"}
    return finding.check in ("answers", "render") and finding.file in files


def as_written(template: Template, *, trust: bool) -> Iterator[Finding]:
    """
    Raises:
        TemplateError: the template is too large, or takes too long to judge.
    """
    if template.source != "bundled" and not trust:
        check_template(template)
    return map(as_finding, computed(template, judge_written, trust, trusted=trust))


def judge_written(template: Template, trust: bool) -> list[dict[str, Any]]:
    judges = AS_WRITTEN if trust else (*AS_WRITTEN, judge_trust)
    found: list[Finding] = []
    for judge in judges:
        try:
            found += judge(template)
        except TemplateError as error:
            found.append(of_error("template", error, template.name))
    return [asdict(finding) for finding in collapsed(found, 0)]


def judge_files(template: Template, files: Sequence[File]) -> list[list[dict[str, Any]]]:
    judges = (judge_format, judge_whitespace, judge_leftovers(template))
    return [[asdict(finding) for judge in judges for finding in judge(file)] for file in files]


class Rendering:
    """Renders the projects of one template and judges them, each distinct file once."""

    def __init__(self, template: Template, *, trust: bool) -> None:
        self.template = template
        self.trust = trust
        self.sources = read_sources(template)
        self.judged: dict[File, list[Finding]] = {}
        self.tally = fetched()

    def judge(self, case: Case) -> tuple[Tree | None, list[Finding]]:
        """The project and what is wrong with it; no project where it cannot be rendered.

        Raises:
            DestinationError: this machine cannot take the project, such as for want of space.
        """
        try:
            origins = self.origins(case)
            tree = self.render(case, origins)
            again = tree if case.is_pair else self.render(case, origins)
            self.judge_files([file for file in tree.files.values() if file not in self.judged])
        except TemplateError as error:
            return None, [of_error("render", error, self.template.name)]
        found = [finding for file in tree.files.values() for finding in self.judged[file]]
        return tree, [*found, *judge_names(self.template, tree), *judge_steadiness(tree, again)]

    def judge_files(self, files: Sequence[File]) -> None:
        """
        Raises:
            TemplateError: they take too long to judge, or are too large, all projects together.
        """
        try:
            for file in files:
                self.tally.add(len(file.content))
        except BoundsError as error:
            problem = "makes projects that are too many or too large, all together"
            raise TemplateError(self.template.name, problem) from error
        judged = computed(self.template, judge_files, files, trusted=self.trust) if files else ()
        self.judged |= {file: [*map(as_finding, found)] for file, found in zip(files, judged, strict=True)}

    def render(self, case: Case, origins: Mapping[str, Source]) -> Tree:
        with staged(case.recipe, Path(tempfile.gettempdir())) as project:
            files = {
                (path := found.relative_to(project).as_posix()): File(
                    path, found.read_bytes(), origins.get(path)
                )
                for found in sorted(project / path for path in files_below(project))
                if found.is_file() and not found.is_symlink()
            }
        return Tree(case.name, case.recipe.feature_names, files)

    def origins(self, case: Case) -> dict[str, Source]:
        """From which file of the template each file of a project comes, as far as its name tells."""
        found = {}
        context = {**features.computed(case.recipe.features), **case.recipe.answers.context}
        sandbox = self.template.sandbox(trusted=case.recipe.trust)
        for root in (*base_roots(self.template), *features.layers(case.recipe.features)):
            for path, source in self.sources.items():
                if path.is_relative_to(root):
                    name = path.relative_to(root).as_posix().removesuffix(suffix(self.template))
                    found[rendered_name(name, context, sandbox)] = source
        return found


def rendered_name(name: str, context: Mapping[str, Value], sandbox: Sandbox) -> str:
    if "{" not in name:
        return name
    try:
        return sandbox.render(name, context)
    except (RenderError, Unset):  # rendering the project will tell
        return name
