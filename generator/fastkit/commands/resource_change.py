"""`fastkit resource change`."""

from typing import Annotated

import typer

from fastkit import console
from fastkit.commands.options import AsJson, DryRun, TemplateAddress, Trust
from fastkit.commands.update_report import Options, show_and_apply
from fastkit.machine.disk import current_folder, locked
from fastkit.record.project_yml import find_project, read_record
from fastkit.update.prepare import prepared
from fastkit.update.resource_changes import request_to_change


def resource_change(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `fastkit resource list` has it.")],
    changes: Annotated[
        list[str],
        typer.Argument(
            metavar="CHANGE...",
            help="+due:date adds a field, -price removes one, title:max=300 or title:no-unique alter one.",
        ),
    ],
    template: TemplateAddress = "",
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: go ahead.")] = False,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    project = find_project(current_folder())
    with locked(project, shared=dry_run):
        record = read_record(project)
        request = request_to_change(record, name, changes, template, trust, console.progress)
        options = Options(dry_run=dry_run, yes=yes, message=f"Change {name}", as_json=as_json)
        with prepared(project, request, options.ask, console.progress, read_only=dry_run) as found:
            show_and_apply(found, options)
