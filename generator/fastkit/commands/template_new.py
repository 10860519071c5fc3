"""`fastkit template new`."""

from pathlib import Path
from typing import Annotated

import typer

from fastkit import console
from fastkit.catalog.find import looks_like_path
from fastkit.checking.new_template import copy_starter
from fastkit.machine.disk import absolute
from fastkit.machine.folders import expanded
from fastkit.machine.shell import as_command, relative


def template_new(
    name: Annotated[str, typer.Argument(help="The name of the template.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder in which to make the template.")
    ] = Path(),
) -> None:
    template = copy_starter(name, absolute(expanded(output)))
    files = [path.relative_to(template).as_posix() for path in template.rglob("*") if path.is_file()]
    console.say(f"\n✨ Template '{name}' has been created successfully!\n", "bold green")
    console.show_tree(name, files)
    shown = relative(template)
    place = shown if looks_like_path(shown) else f"./{shown}"
    console.show_commands(
        "Next steps",
        [
            as_command(["fastkit", "template", "check", place]),
            as_command(["fastkit", "startdemo", place, "--trust"]),
            as_command(["pytest", f"{shown}/tests"]),
        ],
    )
