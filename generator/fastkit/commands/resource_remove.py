"""`fastkit resource remove`."""

from typing import Annotated

import typer

from fastkit import console
from fastkit.commands.options import AsJson, DryRun, TemplateAddress, Trust, Yes
from fastkit.commands.update_report import Options, show_and_apply
from fastkit.machine.disk import current_folder, locked
from fastkit.record.project_yml import find_project, read_record
from fastkit.update.prepare import prepared
from fastkit.update.resource_changes import request_to_remove


def resource_remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `fastkit resource list` has it.")],
    template: TemplateAddress = "",
    drop_table: Annotated[bool, typer.Option("--drop-table", help="Drop its table, with the data.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    project = find_project(current_folder())
    with locked(project, shared=dry_run):
        record = read_record(project)
        request = request_to_remove(record, name, template, trust, console.progress, drop=drop_table)
        options = Options(dry_run=dry_run, yes=yes, message=f"Remove {name}", as_json=as_json)
        with prepared(project, request, options.ask, console.progress, read_only=dry_run) as found:
            show_and_apply(found, options)
