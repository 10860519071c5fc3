"""`fastkit list-templates`."""

from typing import Annotated

import typer

from fastkit import catalog, console


def list_templates(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the templates that startdemo can use."""
    templates = catalog.list_templates()
    if as_json:
        console.say_json({"templates": [catalog.summary(template) for template in templates]})
        return
    console.show_templates(templates)
    console.say("\nMake a project from one with: fastkit startdemo NAME")
