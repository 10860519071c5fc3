"""`fastkit update`: a newer template, or other answers, for a project that its owner has changed."""

from contextlib import suppress
from dataclasses import replace
from typing import Annotated

import typer

from fastkit import console
from fastkit.answering.arguments import read_assignments
from fastkit.commands.options import AsJson, DryRun, Trust, Yes
from fastkit.commands.update_report import Options, show_and_apply
from fastkit.errors import NotAProject, UsageError
from fastkit.machine.disk import current_folder, locked
from fastkit.record.project_yml import find_project
from fastkit.update.adopt import adopted
from fastkit.update.prepare import prepared
from fastkit.update.request import Request
from fastkit.update.settle import settle as settle_records
from fastkit.update.undo import undo as undo_update


def update(
    ref: Annotated[
        str,
        typer.Option("--ref", help="Tag, branch or commit of a git template."),
    ] = "",
    template: Annotated[
        str, typer.Option(help="Take it from this template: a name, a folder or a git address.")
    ] = "",
    adopt: Annotated[
        str,
        typer.Option(
            metavar="TEMPLATE", help="Adopt a project that has no record: find the render closest to it."
        ),
    ] = "",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change or give an answer."),
    ] = None,
    dry_run: DryRun = False,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 if an update is available.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back the update that is not committed yet.")
    ] = False,
    settle: Annotated[
        bool, typer.Option("--settle", help="Settle the conflict of two branches in .fastkit.")
    ] = False,
    yes: Yes = False,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    if settle:
        if ref or adopt or set_ or dry_run or check or undo:
            raise UsageError("`--settle` settles a merge of branches", "pass it alone, or with `--json`")
        settle_branches(Request(template, trust=trust), as_json=as_json)
        return
    if undo:
        if ref or template or adopt or set_ or dry_run or check:
            raise UsageError("`--undo` takes back the last update", "pass it alone, or with `--json`")
        take_back(as_json=as_json)
        return
    options = Options(check=check, dry_run=dry_run, yes=yes, as_json=as_json)
    request = Request(adopt or template, ref, None, read_assignments(set_ or ()), trust)
    project = current_folder() if adopt else find_project(current_folder(), by_copier=True)
    work_out = adopted if adopt else prepared
    with (
        locked(project, shared=options.read_only),
        work_out(project, request, options.ask, console.progress, read_only=options.read_only) as found,
    ):
        message = f"Adopt {found.new_record.label}" if adopt else ""
        show_and_apply(found, replace(options, message=message))


def settle_branches(request: Request, *, as_json: bool) -> None:
    project = find_project(current_folder())
    with locked(project):
        record, left = settle_records(project, request, console.progress)
    if as_json:
        names = [resource.name for resource in record.resources]
        data = {"features": record.features, "resources": names, "conflicts": left}
        console.say_json({"project": str(project), **data})
        return
    console.say("settled and staged: `.fastkit` and the code have what both branches have added")
    for path in left:
        console.say(f"conflict: {path} is left to you")
    if len(record.migrations) > 1:
        console.say("note: if both brought migrations, `alembic merge heads` gives them one head")


def take_back(*, as_json: bool) -> None:
    """Take back the last update of the project in or above this folder, which may have no record yet."""
    project = current_folder()
    with suppress(NotAProject):
        project = find_project(project)
    with locked(project):
        undone = undo_update(project)
    if as_json:
        console.say_json({"project": str(project), "undone": undone.files, "kept": str(undone.kept or "")})
        return
    console.say("taken back: the project is as it was before the update")
    if undone.kept:
        console.say(f"the files that it replaced are in {undone.kept} until the next update")
