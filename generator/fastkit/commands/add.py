"""`fastkit add`: more features for a project."""

from typing import Annotated

import typer

from fastkit import console
from fastkit.catalog import features
from fastkit.commands.options import AsJson, DryRun, TemplateAddress, Trust, Yes
from fastkit.commands.update_report import Options, show_and_apply
from fastkit.machine.disk import current_folder, locked
from fastkit.record.project_yml import Record, find_project, read_record
from fastkit.update.feature_changes import request_with
from fastkit.update.prepare import newer_template, prepared
from fastkit.update.request import Request


def add(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FEATURE]...", help="Without any, lists what the template offers."),
    ] = None,
    template: TemplateAddress = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    project = find_project(current_folder())
    with locked(project, shared=dry_run or not names):
        record = read_record(project)
        if not names:
            show_features(record, template, as_json=as_json)
            return
        for name in dict.fromkeys(names):
            if name in record.features:
                console.say(f"the project has the feature `{name}` already")
        new = [name for name in dict.fromkeys(names) if name not in record.features]
        options = Options(dry_run=dry_run, yes=yes, message=f"Add {', '.join(new)}", as_json=as_json)
        request = request_with(record, new, template, trust, console.progress)
        ask = options.ask if new else None
        with prepared(project, request, ask, console.progress, read_only=dry_run) as found:
            show_and_apply(found, options)


def show_features(record: Record, address: str, *, as_json: bool) -> None:
    """The features that the template offers, and which of them the project has."""
    offered = features.offered(newer_template(record, Request(address, record.ref), console.progress))
    if as_json:
        about = [
            {
                "name": f.name,
                "title": f.title,
                "description": f.description,
                "added": f.name in record.features,
            }
            for f in offered
        ]
        console.say_json({"template": record.template, "features": about})
        return
    if not offered:
        console.say(f"`{record.template}` offers no features")
        return
    rows = [(f.name, f.title, "yes" if f.name in record.features else "") for f in offered]
    console.show_rows(f"Features of {record.template}", ("Feature", "What it is", "Added"), rows)
    console.say("`fastkit add FEATURE` adds one, `fastkit remove FEATURE` takes it away")
