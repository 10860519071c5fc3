"""`fastkit remove`: a project without some of its features."""

from pathlib import Path
from typing import Annotated

import typer

from fastkit import console
from fastkit.dialogue import Manner, settle
from fastkit.living.parts import wish_without
from fastkit.living.record import find_project, read_record
from fastkit.living.update import prepared


def remove(
    names: Annotated[list[str], typer.Argument(metavar="FEATURE...", help="As `fastkit add` lists them.")],
    template: Annotated[
        str, typer.Option(help="Where the project's template is: a name, a folder or a git address.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show files and differences, and change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take defaults and proceed.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Let the template run its own code.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Take features away from a project; what you made of it stays."""
    if as_json:
        console.keep_stdout_for_json()
    project = find_project(Path.cwd())
    record = read_record(project)
    wish = wish_without(record, names, template, trust, console.progress)
    for name in dict.fromkeys(names):
        if name not in record.features:
            console.say(f"the project does not have the feature `{name}`")
    gone = [name for name in dict.fromkeys(names) if name in record.features]
    manner = Manner(dry_run=dry_run, yes=yes, message=f"Remove {', '.join(gone)}")
    with prepared(project, wish, console.ask if manner.asks and gone else None, console.progress) as found:
        settle(found, manner, manner.message)
