"""Options that several commands share, and the template that a command names."""

from typing import Annotated

import typer

from fastkit import console
from fastkit.catalog.find import find_template
from fastkit.catalog.template import Template

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show files and differences, and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: use the defaults and go ahead.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Let the template run its own code, and install the project.")
]
AsJson = Annotated[
    bool, typer.Option("--json", callback=console.keep_stdout_for_json, help="Print one JSON object.")
]
TemplateAddress = Annotated[
    str, typer.Option(help="Where the project's template is: a name, a folder or a git address.")
]


def named_template(name: str) -> Template:
    """Find a template, showing progress, and the note that says why it may be out of date."""
    template = find_template(name, console.progress)
    if template.caveat:
        console.say_note(template.caveat)
    return template
