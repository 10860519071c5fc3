"""`fastkit template check`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fastkit import console
from fastkit.answering.arguments import read_assignments
from fastkit.catalog.template import Template
from fastkit.catalog.trust import is_trusted
from fastkit.commands.options import AsJson, Trust, named_template
from fastkit.errors import TemplateError
from fastkit.plan import may_install

if TYPE_CHECKING:
    from fastkit.checking.finding import Finding
    from fastkit.checking.report import Report


def template_check(
    templates: Annotated[
        list[str], typer.Argument(metavar="TEMPLATE_OR_FOLDER...", help="Names, folders or addresses.")
    ],
    run: Annotated[
        bool,
        typer.Option("--run", help="Install projects and run their linters and tests, which needs trust."),
    ] = False,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="An answer of every project.")
    ] = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Prove templates good: as they are written, and every kind of project that they make."""
    if as_json:
        console.keep_stdout_for_json()
    given = read_assignments(set_ or ())
    reports = [check_one(name, given, run=run, trust=trust) for name in templates]
    if as_json:
        console.say_json(as_data(reports))
    if any(report.findings for report in reports):
        raise typer.Exit(1)


def check_one(name: str, given: dict[str, Any], *, run: bool, trust: bool) -> "Report":
    from fastkit.checking.report import Report
    from fastkit.repositories.address import without_password

    try:
        template = named_template(name)
    except TemplateError as error:
        report = Report.of_error(without_password(name), error)
    else:
        report = judge(template, given, run=run, trust=trust)
    if not console.voice.json:
        tell(report)
    return report


def judge(template: Template, given: dict[str, Any], *, run: bool, trust: bool) -> "Report":
    from fastkit.checking.check import check
    from fastkit.checking.report import make_report
    from fastkit.checking.running import NOT_TRUSTED, run_projects

    trusted = trust or (bool(template.runs_code) and is_trusted(template))
    with console.progress_bar(f"Judging {template.name}") as advance:
        result = check(template, given, trust=trusted, advance=advance)
    if not run:
        return make_report(template, result)
    if not may_install(template, trusted) and not is_trusted(template):
        return make_report(template, result, (), [NOT_TRUSTED])
    return make_report(template, result, *run_projects(result, console.progress))


def tell(report: "Report") -> None:
    if report.findings:
        console.show_findings(report.name, report.findings)
    for note in report.notes:
        console.say(f"note: {note}")
    projects = "1 project" if report.projects == 1 else f"{report.projects} projects"
    number = len(report.findings)
    found = f"{number} finding{'s' * (number > 1)}" if number else "nothing found"
    console.say(f"{report.name}: {projects} judged, {found}", "" if number else "green")
    if report.ran:
        tools = ", ".join(dict.fromkeys(tool for ran in report.ran for tool in ran.tools))
        cases = "; ".join(ran.case for ran in report.ran)
        console.say(f"  installed and run: {cases}")
        console.say(f"  (they hold every Python file and setting of all) with: {tools or 'no tools'}")


def as_data(reports: Sequence["Report"]) -> dict[str, Any]:
    return {
        "findings": sum(len(report.findings) for report in reports),
        "templates": [
            {
                "name": report.name,
                "folder": report.folder,
                "projects": report.projects,
                "ran": [{"answers": ran.case, "tools": ran.tools} for ran in report.ran],
                "notes": report.notes,
                "findings": [finding_data(finding) for finding in report.findings],
            }
            for report in reports
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
