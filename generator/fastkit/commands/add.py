"""`fastkit add`: features for a project that is there already."""

from typing import Annotated

import typer

from fastkit import console
from fastkit.catalog import features
from fastkit.commands.options import AsJson, DryRun, TemplateAddress, Trust, Yes
from fastkit.commands.update_report import Manner, settle
from fastkit.machine.disk import current_folder, locked
from fastkit.record.project_yml import Record, find_project, read_record
from fastkit.update.feature_changes import wish_with
from fastkit.update.prepare import Wish, newer_template, prepared


def add(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[FEATURE]...", help="Left out, shows what there is.")
    ] = None,
    template: TemplateAddress = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Add features to a project; what you made of it stays."""
    if as_json:
        console.keep_stdout_for_json()
    project = find_project(current_folder())
    with locked(project, shared=dry_run or not names):
        record = read_record(project)
        if not names:
            show_features(record, template)
            return
        for name in dict.fromkeys(names):
            if name in record.features:
                console.say(f"the project has the feature `{name}` already")
        new = [name for name in dict.fromkeys(names) if name not in record.features]
        manner = Manner(dry_run=dry_run, yes=yes, message=f"Add {', '.join(new)}")
        wish = wish_with(record, new, template, trust, console.progress)
        ask = console.ask if manner.asks and new else None
        with prepared(project, wish, ask, console.progress, looks=manner.looks_only) as found:
            settle(found, manner, manner.message)


def show_features(record: Record, address: str) -> None:
    """What the project has, and what it could have."""
    offered = features.offered(newer_template(record, Wish(address, record.ref), console.progress))
    if console.voice.json:
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
