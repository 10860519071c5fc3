"""`fastkit template check`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fastkit import console
from fastkit.answering.arguments import read_assignments
from fastkit.catalog.template import Template
from fastkit.catalog.trust import is_trusted, may_install
from fastkit.commands.options import AsJson, Trust, named_template
from fastkit.errors import TemplateError

if TYPE_CHECKING:
    from fastkit.checking.finding import Finding
    from fastkit.checking.result import Result


def template_check(
    templates: Annotated[
        list[str], typer.Argument(metavar="TEMPLATE_OR_FOLDER...", help="Names, folders or addresses.")
    ],
    run: Annotated[
        bool,
        typer.Option("--run", help="Install projects and run their linters and tests. This needs trust."),
    ] = False,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="An answer for every project.")
    ] = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    given = read_assignments(set_ or ())
    results = [check_one(name, given, run=run, trust=trust, as_json=as_json) for name in templates]
    if as_json:
        console.say_json(as_data(results))
    if any(result.findings for result in results):
        raise typer.Exit(1)


def check_one(name: str, given: dict[str, Any], *, run: bool, trust: bool, as_json: bool) -> "Result":
    from fastkit.checking.result import unreadable
    from fastkit.repositories.address import without_password

    try:
        template = named_template(name)
    except TemplateError as error:
        result = unreadable(without_password(name), error)
    else:
        result = check_template(template, given, run=run, trust=trust)
    if not as_json:
        show(result)
    return result


def check_template(template: Template, given: dict[str, Any], *, run: bool, trust: bool) -> "Result":
    from fastkit.checking.check import check
    from fastkit.checking.running import NOT_TRUSTED, run_projects

    trusted = is_trusted(template, trust)
    with console.progress_bar(f"Checking {template.name}") as advance:
        result = check(template, given, trust=trusted, advance=advance)
    if not run:
        return result
    if not may_install(template, trusted):
        return replace(result, findings=(*result.findings, NOT_TRUSTED))
    return run_projects(result, console.progress)


def show(result: "Result") -> None:
    if result.findings:
        console.show_findings(result.template, result.findings)
    for note in result.notes:
        console.say(f"note: {note}")
    projects = "1 project" if len(result.trees) == 1 else f"{len(result.trees)} projects"
    number = len(result.findings)
    found = f"{number} finding{'s' * (number > 1)}" if number else "no findings"
    console.say(f"{result.template}: {projects} checked, {found}", "" if number else "green")
    if result.ran:
        tools = ", ".join(dict.fromkeys(tool for ran in result.ran for tool in ran.tools))
        cases = "; ".join(ran.case for ran in result.ran)
        console.say(f"  installed and run: {cases}")
        console.say(f"  (these cover every Python file and setting) using: {tools or 'no tools'}")


def as_data(results: Sequence["Result"]) -> dict[str, Any]:
    return {
        "findings": sum(len(result.findings) for result in results),
        "templates": [
            {
                "name": result.template,
                "folder": result.folder,
                "projects": len(result.trees),
                "ran": [{"answers": ran.case, "tools": ran.tools} for ran in result.ran],
                "notes": result.notes,
                "findings": [finding_data(finding) for finding in result.findings],
            }
            for result in results
        ],
    }


def finding_data(finding: "Finding") -> dict[str, Any]:
    return {
        "check": finding.check,
        "file": finding.file or None,
        "line": finding.line,
        "message": finding.message,
        "hint": finding.hint,
        "answers": finding.answers,
        "output": finding.output,
    }
