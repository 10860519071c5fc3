"""`fastkit update`: a newer template, or other answers, for a project whose owner has gone on working."""

from contextlib import suppress
from dataclasses import replace
from typing import Annotated

import typer

from fastkit import console
from fastkit.answering.arguments import read_assignments
from fastkit.commands.options import AsJson, DryRun, Trust, Yes
from fastkit.commands.update_report import Manner, settle
from fastkit.errors import NotAProject, UsageError
from fastkit.machine.disk import current_folder, locked
from fastkit.record.project_yml import find_project, record_of
from fastkit.update.adopt import adopted
from fastkit.update.prepare import Wish, prepared
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
        typer.Option(metavar="TEMPLATE", help="Give a project without a record that of the nearest render."),
    ] = "",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change or give an answer."),
    ] = None,
    dry_run: DryRun = False,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 where there is something to take.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back the update that is not committed yet.")
    ] = False,
    yes: Yes = False,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Bring a project up to date with its template; what you made of it stays."""
    if as_json:
        console.keep_stdout_for_json()
    if undo:
        if ref or template or adopt or set_ or dry_run or check:
            raise UsageError("`--undo` takes back what is there", "pass it alone, or with `--json`")
        take_back()
        return
    manner = Manner(check=check, dry_run=dry_run, yes=yes)
    wish = Wish(adopt or template, ref, None, read_assignments(set_ or ()), trust)
    if adopt:
        take_in(wish, manner)
        return
    project = find_project(current_folder(), by_copier=True)
    ask = console.ask if manner.asks else None
    with (
        locked(project, shared=manner.looks_only),
        prepared(project, wish, ask, console.progress, looks=manner.looks_only) as found,
    ):
        settle(found, manner, f"{found.record.label} -> {record_of(found.recipe).label}")


def take_in(wish: Wish, manner: Manner) -> None:
    """Give the project in this folder a record."""
    ask = console.ask if manner.asks else None
    project = current_folder()
    with (
        locked(project, shared=manner.looks_only),
        adopted(project, wish, ask, console.progress, looks=manner.looks_only) as found,
    ):
        label = record_of(found.recipe).label
        settle(found, replace(manner, message=f"Adopt {label}"), f"Adopt {label}")


def take_back() -> None:
    """Take back the last update of the project in or above this folder, which may have no record yet."""
    project = current_folder()
    with suppress(NotAProject):
        project = find_project(project)
    with locked(project):
        undone = undo_update(project)
    if console.voice.json:
        console.say_json({"project": str(project), "undone": undone.files, "kept": str(undone.kept or "")})
        return
    console.say("taken back: the project is as it was before the update")
    if undone.kept:
        console.say(f"what was in its place is kept in {undone.kept} until the next update")
