"""`template check`: one template, checked as it is written and in every kind of project that it makes.

A check is a function of what it looks at: of the template, of one file of a project, or of a whole project.
There are three tables, as dozens of projects share most files, and each distinct file is checked once.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from fastkit.catalog import features
from fastkit.catalog.layers import sources, suffix
from fastkit.catalog.questions import Value
from fastkit.catalog.template import Template
from fastkit.checking.determinism import check_determinism
from fastkit.checking.file_names import check_names, check_same_names, check_source_names
from fastkit.checking.finding import File, Finding, Source, Tree, as_finding, merged, of_error
from fastkit.checking.formats import check_format
from fastkit.checking.leftovers import check_leftovers
from fastkit.checking.matrix import Case, make_matrix
from fastkit.checking.metadata import check_dependencies, check_metadata, notes_on
from fastkit.checking.resources import check_resources
from fastkit.checking.result import Result
from fastkit.checking.seams import check_seams
from fastkit.checking.settings import check_settings
from fastkit.checking.sources import read_sources
from fastkit.checking.trust import check_trust
from fastkit.checking.variables import check_variables
from fastkit.checking.whitespace import check_whitespace
from fastkit.computing.limits import BoundsError, Tally, fetched
from fastkit.computing.texts import RenderError, Sandbox, Unset
from fastkit.errors import TemplateError
from fastkit.machine.folders import files_below
from fastkit.rendering.confined import computed
from fastkit.rendering.stage import check_template, staged

OF_THE_TEMPLATE: tuple[Callable[[Template], Iterator[Finding]], ...] = (
    check_settings,
    check_metadata,
    check_variables,
    check_source_names,
    check_seams,
    check_resources,
)

OF_A_FILE: tuple[Callable[[Template, File], Iterator[Finding]], ...] = (
    check_format,
    check_whitespace,
    check_leftovers,
)

OF_A_PROJECT: tuple[Callable[[Template, Tree], Iterator[Finding]], ...] = (check_names,)

Advance = Callable[[int, int], None]
"""Takes how many projects are checked, and how many there are."""


def check(template: Template, given: Mapping[str, Value], *, trust: bool, advance: Advance) -> Result:
    """Check a template and all of its projects.

    Args:
        given: answers for every project.
        trust: whether the template may run code while it is rendered.

    Raises:
        UsageError: a given answer is not one of the template's.
    """
    written: list[Finding] = []
    result = Result(template.name, str(template.folder), ())
    try:
        written += as_written(template, trust=trust)
        if not trust and "Jinja extensions" in template.runs_code:
            return replace(result, findings=tuple(written))
        cases, of_cases = make_matrix(template, given, trust=trust)
        trees, of_projects = check_projects(template, cases, trust=trust, advance=advance)
    except TemplateError as error:
        return replace(result, findings=(*written, of_error("template", error, template.name)))
    found = [*of_cases, *of_projects, *check_dependencies(template, trees)]
    new = merged([finding for finding in found if not is_known(finding, written)], len(cases))
    notes = notes_on(template) if trees else ()
    return replace(result, findings=(*written, *new), cases=cases, trees=tuple(trees), notes=notes)


def is_known(finding: Finding, written: Sequence[Finding]) -> bool:
    """Whether a project cannot be rendered because of a fault that the file as written has."""
    files = {known.file for known in written if known.check == "names"}
    return finding.check in ("answers", "render") and finding.file in files


# The template as it is written.


def as_written(template: Template, *, trust: bool) -> Iterator[Finding]:
    """
    Raises:
        TemplateError: the template is too large, or takes too long to check.
    """
    if template.source != "bundled" and not trust:
        check_template(template, trusted=False)
    return map(as_finding, computed(template, findings_in_template, template, trust, trusted=trust))


def findings_in_template(template: Template, trust: bool) -> list[dict[str, Any]]:
    found: list[Finding] = []
    for function in OF_THE_TEMPLATE if trust else (*OF_THE_TEMPLATE, check_trust):
        try:
            found += function(template)
        except TemplateError as error:
            found.append(of_error("template", error, template.name))
    return [asdict(finding) for finding in merged(found, 0)]


# Its projects.


def check_projects(
    template: Template, cases: Sequence[Case], *, trust: bool, advance: Advance
) -> tuple[list[Tree], list[Finding]]:
    """The projects that can be rendered, and the findings in all of them.

    Raises:
        DestinationError: this machine cannot hold a project, for example because its disk is full.
    """
    written, known, tally = read_sources(template), dict[File, list[Finding]](), fetched()
    trees: list[Tree] = []
    found: list[Finding] = []
    for number, case in enumerate(cases, 1):
        advance(number, len(cases))
        try:
            origins = origins_of(case, written)
            tree = render(case, origins)
            again = tree if case.is_pair else render(case, origins)
            new = [file for file in tree.files.values() if file not in known]
            known |= check_files(template, new, tally, trust=trust)
        except TemplateError as error:
            found.append(replace(of_error("render", error, template.name), answers=(case.name,)))
            continue
        trees.append(tree)
        of_files = [finding for file in tree.files.values() for finding in known[file]]
        of_project = [finding for function in OF_A_PROJECT for finding in function(template, tree)]
        every = (*of_files, *of_project, *check_same_names(tree, origins), *check_determinism(tree, again))
        found += [replace(finding, answers=(case.name,)) for finding in every]
    return trees, found


def check_files(
    template: Template, files: Sequence[File], tally: Tally, *, trust: bool
) -> dict[File, list[Finding]]:
    """
    Raises:
        TemplateError: the files take too long to check, or those of all projects together are too large.
    """
    try:
        for file in files:
            tally.add(len(file.content))
    except BoundsError as error:
        raise TemplateError(
            template.name, "makes projects that are together too many or too large"
        ) from error
    found = computed(template, findings_in_files, template, files, trusted=trust) if files else ()
    return {file: [*map(as_finding, data)] for file, data in zip(files, found, strict=True)}


def findings_in_files(template: Template, files: Sequence[File]) -> list[list[dict[str, Any]]]:
    return [
        [asdict(finding) for function in OF_A_FILE for finding in function(template, file)] for file in files
    ]


def render(case: Case, origins: Mapping[str, Sequence[Source]]) -> Tree:
    with staged(case.recipe, Path(tempfile.gettempdir())) as project:
        files = {
            path: File(path, found.read_bytes(), *origins.get(path, ())[:1])
            for path in files_below(project)
            if (found := project / path).is_file() and not found.is_symlink()
        }
    return Tree(case.name, case.recipe.features, files)


def origins_of(case: Case, written: Mapping[Path, Source]) -> dict[str, list[Source]]:
    """The files of the template that each file of a project comes from, as far as their names say."""
    recipe, found = case.recipe, dict[str, list[Source]]()
    context = {**features.computed(recipe.features), **recipe.answers.context}
    sandbox = recipe.template.sandbox(trusted=recipe.trust)
    for path, file in sources(recipe.template, recipe.features).items():
        if file in written:
            name = rendered_name(path.removesuffix(suffix(recipe.template)), context, sandbox)
            found.setdefault(name, []).append(written[file])
    return found


def rendered_name(name: str, context: Mapping[str, Value], sandbox: Sandbox) -> str:
    if "{" not in name:
        return name
    try:
        return sandbox.render(name, context)
    except (RenderError, Unset):  # which rendering the project reports
        return name
