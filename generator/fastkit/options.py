"""The options that several commands have, each with one meaning and one text."""

from typing import Annotated

import typer

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show files and differences, and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take defaults and proceed.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Let the template run its own code, and install the project.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
TemplateAddress = Annotated[
    str, typer.Option(help="Where the project's template is: a name, a folder or a git address.")
]
