"""`fastkit startdemo`: from a template's name to a project whose own tests pass."""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from fastkit import console
from fastkit.answering.arguments import given_answers
from fastkit.answering.questionnaire import chosen_manager, name_question
from fastkit.catalog import features
from fastkit.catalog.find import list_choices
from fastkit.catalog.questions import PACKAGE_MANAGER
from fastkit.catalog.resources import from_words, with_first
from fastkit.catalog.template import Template, summary
from fastkit.catalog.trust import settle_trust
from fastkit.commands.guided import Said, choose_features, choose_resources, never_lost
from fastkit.commands.options import AsJson, Trust, Yes, named_template
from fastkit.console.dialogue import choose_template
from fastkit.errors import UsageError
from fastkit.machine.disk import absolute
from fastkit.machine.folders import expanded
from fastkit.making.make import Outcome, make_project, preview
from fastkit.making.next_steps import next_steps, repeating_command
from fastkit.making.put_in_place import Change
from fastkit.plan import Existing, Plan, make_plan, make_recipe
from fastkit.rendering.messages import AFTER, BEFORE, message
from fastkit.rendering.settings import sandbox_of
from fastkit.rendering.stage import get_ready

INIT = "init"
"""The name by which this command is always a dialogue."""

SWITCHES = ("no_install", "no_git", "dry_run", "force", "skip_existing", "trust")


def startdemo(
    context: typer.Context,
    template: Annotated[
        str | None,
        typer.Argument(help="A template's name, folder or git address; omit it to choose one."),
    ] = None,
    project_name: Annotated[str | None, typer.Option(help="Name of the project and of its folder.")] = None,
    author: Annotated[str | None, typer.Option(help="Name of the author.")] = None,
    author_email: Annotated[str | None, typer.Option(help="Email address of the author.")] = None,
    description: Annotated[str | None, typer.Option(help="What the project is, in one line.")] = None,
    package_manager: Annotated[str | None, typer.Option(help="uv, pip, pdm or poetry.")] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="FEATURE", help="Add a feature; `fastkit show` lists them."),
    ] = None,
    resource: Annotated[
        list[str] | None,
        typer.Option(metavar="'NAME FIELD...'", help="Add a resource, such as 'note title:str body:text'."),
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Answer any other question.")
    ] = None,
    answers: Annotated[Path | None, typer.Option(help="A YAML or JSON file with answers.")] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder to make the project in.")
    ] = Path(),
    yes: Yes = False,
    no_install: Annotated[bool, typer.Option("--no-install", help="Do not install the project.")] = False,
    no_git: Annotated[bool, typer.Option("--no-git", help="Do not make a git repository.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be made, and make nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
    skip_existing: Annotated[bool, typer.Option("--skip-existing", help="Keep existing files.")] = False,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    flags = {
        "project_name": project_name,
        "author": author,
        "author_email": author_email,
        "description": description,
        PACKAGE_MANAGER: package_manager,
    }
    existing = existing_policy(force, skip_existing)
    given = given_answers(answers, set_ or (), flags)
    guided = not yes and (not template or context.info_name == INIT)
    said = Said(template or "", [*(with_ or ())], [*(resource or ())], {**given}, switches(context))
    with never_lost(said) if guided else nullcontext():
        chosen = chosen_template(template, guided=guided)
        said.template = chosen.pinned if chosen.ref else template or chosen.label
        said.secret |= {question.name for question in chosen.questions if question.secret}
        parent = absolute(expanded(output))
        trusted = settle_trust(chosen, trust)  # before anybody answers questions in vain
        get_ready(chosen, trusted=trusted, soon=yes)
        sandbox = chosen.sandbox(trusted=trusted, parent=parent, given=given)
        console.say_words(message(chosen, BEFORE, sandbox, given))
        if guided:
            choose_features(chosen, said)
            choose_resources(chosen, said)
        parts = features.chosen(chosen, (*chosen.preset_features, *said.features))
        more = with_first(chosen, [*map(from_words, said.resources)]) or None
        ask = None if yes else said.ask if guided else console.ask
        show = None if as_json or guided else partial(console.show_project, chosen, parts)
        install = not no_install
        recipe = make_recipe(
            chosen, parts, given, ask, show, parent=parent, trust=trusted, install=install, resources=more
        )
        manager, project = chosen_manager(recipe.answers, given), parent / recipe.name
        plan = make_plan(recipe, project, manager, install=install, git=not no_git, existing=existing)
        said.repeating = repeating_command(plan, said.template)
        if guided:
            console.show_plan(plan, (*name_question(chosen), *chosen.questions))
        if dry_run:
            show_preview(plan, preview(plan), as_json=as_json)
        elif yes or proceeds(guided=guided):
            carry_out(plan, said.repeating, as_json=as_json)
        else:
            console.say("nothing was made")
            if guided:
                console.show_commands("The same project, without questions", [said.repeating])
            raise typer.Exit(1)


# From words to a plan.


def existing_policy(force: bool, skip_existing: bool) -> Existing:
    if force and skip_existing:
        raise UsageError("`--force` and `--skip-existing` cannot be combined", "pass one of them")
    return Existing.OVERWRITE if force else Existing.KEEP if skip_existing else Existing.REFUSE


def chosen_template(name: str | None, *, guided: bool) -> Template:
    if name:
        return named_template(name)
    if not guided:
        raise UsageError("no TEMPLATE was named", "run `fastkit list-templates` to see all templates")
    return choose_template(list_choices())


def proceeds(*, guided: bool) -> bool:
    text = "Make this project?" if guided else "Do you want to proceed with project creation?"
    return console.confirm(text, "--yes", default=guided)


def switches(context: typer.Context) -> list[str]:
    """The options of the call that answer no question, as words."""
    on = [f"--{name.replace('_', '-')}" for name in SWITCHES if context.params.get(name)]
    output = context.params["output"]
    return [*(["--output", str(output)] if output != Path() else []), *on]


# Telling what was made, and what is next.


def carry_out(plan: Plan, command: str, *, as_json: bool) -> None:
    outcome = make_project(plan, console.progress)
    if as_json:
        console.say_json(as_data(plan, outcome, command))
    else:
        tell(plan, outcome, command)
    if outcome.trouble:
        raise outcome.trouble


def tell(plan: Plan, outcome: Outcome, command: str) -> None:
    if not outcome.trouble:
        kind = plan.recipe.template.kind[0].upper() + plan.recipe.template.kind[1:]
        success = (
            f"{kind} '{plan.recipe.name}' from '{plan.recipe.template.name}' has been created successfully!"
        )
        console.say(f"\n✨ {success}\n", "bold green")
        console.show_tree(plan.recipe.name, [change.path for change in outcome.files])
    for note in outcome.notes:
        console.say(f"\nnote: {note}")
    sandbox = sandbox_of(plan.recipe)
    console.say_words(message(plan.recipe.template, AFTER, sandbox, plan.recipe.answers.context))
    console.show_commands("Next steps", next_steps(plan, outcome))
    console.show_commands("The same project again, without questions", [command])


def as_data(plan: Plan, outcome: Outcome, command: str) -> dict[str, Any]:
    return {
        "project": str(plan.destination),
        "template": summary(plan.recipe.template),
        "features": plan.recipe.feature_names,
        "answers": plan.recipe.answers.public,
        "files": [file_data(change) for change in outcome.files],
        "installed": plan.installs and not outcome.trouble,
        "git": outcome.in_git,
        "notes": outcome.notes,
        "next": next_steps(plan, outcome),
        "command": command,
    }


def file_data(change: Change) -> dict[str, Any]:
    data = {"path": change.path, "size": change.size, "status": change.status, "diff": change.diff}
    return {name: value for name, value in data.items() if value != ""}


def show_preview(plan: Plan, files: Sequence[Change], *, as_json: bool) -> None:
    if as_json:
        console.say_json({"project": str(plan.destination), "files": [file_data(change) for change in files]})
        return
    rows = [(change.status, f"{change.size:,}", change.path) for change in files]
    console.show_rows(f"Files of {plan.destination}", ("Status", "Bytes", "Path"), rows)
    for change in files:
        if change.diff:
            console.show_diff(change.diff)
    console.say("dry run: nothing was made")
