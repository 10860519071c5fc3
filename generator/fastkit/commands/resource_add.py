"""`fastkit resource add`, and `fastkit addroute`, which is the same."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from fastkit import console
from fastkit.catalog.fields import Field, read_field
from fastkit.catalog.resources import Resource, check_for, from_data, make_resource, place_of
from fastkit.commands.options import AsJson, DryRun, TemplateAddress, Trust, Yes
from fastkit.commands.update_report import Options, show_and_apply
from fastkit.computing.safe_yaml import DocumentError, parse
from fastkit.console.dialogue import asked_fields
from fastkit.errors import UsageError
from fastkit.machine.disk import current_folder, locked
from fastkit.machine.folders import expanded
from fastkit.record.project_yml import Record, find_project, read_record
from fastkit.update.feature_changes import recorded_template
from fastkit.update.prepare import prepared
from fastkit.update.resource_changes import request_to_add

STANDARD_INPUT = Path("-")


def resource_add(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Of one record, such as `note` or `blog_post`.")
    ] = "",
    fields: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD]...", help="Such as title:str:max=200:unique. Without any, fastkit asks."
        ),
    ] = None,
    plural: Annotated[str, typer.Option(help="The name of many, if it is not the usual one.")] = "",
    path: Annotated[str, typer.Option(help="The path in the API, if it is not the plural.")] = "",
    from_file: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Read the resource from YAML or JSON.")
    ] = None,
    json_input: Annotated[
        Path | None, typer.Option("--json-input", metavar="FILE", help="The same; `-` is standard input.")
    ] = None,
    template: TemplateAddress = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    project = find_project(current_folder())
    file = from_file or json_input
    data = {"name": name, "plural": plural, "path": path} if name else {}
    with locked(project, shared=dry_run):
        record = read_record(project)
        if file:
            resource = from_data({**read_data(file), **{key: text for key, text in data.items() if text}})
        else:
            asked_of = record if not (yes or as_json or fields) else None
            resource = described(name, fields or [], plural, path, asked_of, template)
        request = request_to_add(project, record, resource, template, trust, console.progress)
        if request.resources is None:
            console.say(f"the project has the resource `{resource.name}` already")
        options = Options(dry_run=dry_run, yes=yes, message=f"Add {resource.plural}", as_json=as_json)
        ask = options.ask if request.resources else None
        with prepared(project, request, ask, console.progress, read_only=dry_run) as found:
            if request.resources and not as_json:
                say_what_it_is(resource, place_of(found.recipe.template, resource))
            show_and_apply(found, options)


def described(
    name: str, fields: list[str], plural: str, path: str, asked_of: Record | None, address: str
) -> Resource:
    """The resource that the words of the command are about.

    Args:
        asked_of: the project whose owner is asked for the fields; None where nobody is.
        address: of the template, where it is not the recorded one.
    """
    if not name:
        raise UsageError("the resource has no name", "write it like `fastkit resource add note title:str`")
    if asked_of:
        known = recorded_template(asked_of, address, console.progress)

        def check(field: Field) -> None:
            check_for(known, make_resource(name, [field], plural, path), asked_of.resources)

        check(read_field("name:str"))  # before anybody types its fields
        return make_resource(name, [*asked_fields(check)], plural, path)
    return make_resource(name, [read_field(text) for text in fields], plural, path)


def say_what_it_is(resource: Resource, place: str) -> None:
    """Names are never guessed in silence."""
    console.say(
        f"one {resource.title}, many {resource.titles}: the class {resource.model}, {place}, "
        f"the path /{resource.path}/"
    )


def read_data(file: Path) -> dict[str, Any]:
    if file == STANDARD_INPUT:
        text, shown = sys.stdin.read(), "standard input"
    else:
        try:
            text, shown = expanded(file).read_text("utf-8"), str(file)
        except (OSError, ValueError) as error:
            raise UsageError(f"`{file}` cannot be read: {error}", "pass a file of YAML or JSON") from error
    try:
        data = parse(text)
    except DocumentError as error:
        raise UsageError(f"{shown} {error.problem}", "pass YAML or JSON") from error
    if not isinstance(data, dict):
        raise UsageError(f"{shown} is no mapping", "write it like {name: note, fields: ['title:str']}")
    return data
