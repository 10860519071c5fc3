"""`fastkit remove`: a project without some of its features."""

from typing import Annotated

import typer

from fastkit import console
from fastkit.commands.options import AsJson, DryRun, TemplateAddress, Trust, Yes
from fastkit.commands.update_report import Options, show_and_apply
from fastkit.machine.disk import current_folder, locked
from fastkit.record.project_yml import find_project, read_record
from fastkit.update.feature_changes import request_without
from fastkit.update.prepare import prepared


def remove(
    names: Annotated[list[str], typer.Argument(metavar="FEATURE...", help="As `fastkit add` lists them.")],
    template: TemplateAddress = "",
    drop_table: Annotated[
        bool, typer.Option("--drop-table", help="Drop the tables of the features, with their data.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    project = find_project(current_folder())
    with locked(project, shared=dry_run):
        record = read_record(project)
        request = request_without(record, names, template, trust, console.progress, drop=drop_table)
        for name in dict.fromkeys(names):
            if name not in record.features:
                console.say(f"the project does not have the feature `{name}`")
        gone = [name for name in dict.fromkeys(names) if name in record.features]
        options = Options(dry_run=dry_run, yes=yes, message=f"Remove {', '.join(gone)}", as_json=as_json)
        ask = options.ask if gone else None
        with prepared(project, request, ask, console.progress, read_only=dry_run) as found:
            show_and_apply(found, options)
