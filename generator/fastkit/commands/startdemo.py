"""`fastkit startdemo`: from a template's name to a project whose own tests pass."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from fastkit import console
from fastkit.answering.arguments import read_answers, read_assignments
from fastkit.answering.questionnaire import ask_name, in_copiers_order, name_of, name_question, survey_of
from fastkit.answering.rules import Rule
from fastkit.answering.survey import Survey
from fastkit.catalog import features
from fastkit.catalog.features import Feature
from fastkit.catalog.find import list_templates
from fastkit.catalog.questions import PACKAGE_MANAGER, Answers, Ask, Question, Value, option_for, split
from fastkit.catalog.template import Template, summary
from fastkit.commands.options import AsJson, Trust, Yes, named_template
from fastkit.computing.texts import RenderError, Sandbox, Unset
from fastkit.errors import TemplateError, UsageError
from fastkit.machine import git
from fastkit.machine.disk import absolute, is_here
from fastkit.machine.folders import expanded
from fastkit.making.make import Outcome, make_project, preview
from fastkit.making.put_in_place import Change
from fastkit.package_managers import PACKAGE_MANAGERS, PackageManager
from fastkit.plan import Existing, Plan, Recipe, check_trust, make_plan, may_install
from fastkit.rendering.stage import get_ready, own_sandbox
from fastkit.serving.server import USUAL_ENTRYPOINTS, module_file

SERVED = {module_file(entrypoint) for entrypoint in USUAL_ENTRYPOINTS}
"""Files by which `runserver` knows an application."""


def startdemo(
    template: Annotated[
        str | None, typer.Argument(help="A template's name, folder or git address; left out, choose one.")
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
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Answer any other question.")
    ] = None,
    answers: Annotated[Path | None, typer.Option(help="A YAML or JSON file with answers.")] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder to make the project in.")
    ] = Path(),
    yes: Yes = False,
    no_install: Annotated[bool, typer.Option("--no-install", help="Leave the environment to later.")] = False,
    no_git: Annotated[bool, typer.Option("--no-git", help="Make no git repository.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be made, and make nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Keep files that are there.")
    ] = False,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Make a project from a template, install it and put it under git."""
    if as_json:
        console.keep_stdout_for_json()
    flags = {
        "project_name": project_name,
        "author": author,
        "author_email": author_email,
        "description": description,
        PACKAGE_MANAGER: package_manager,
    }
    existing = existing_policy(force, skip_existing)
    given = read_given(answers, set_ or (), flags)
    ask = None if yes else console.ask
    chosen = chosen_template(template, ask)
    parent = absolute(expanded(output))
    trust = check_trust(chosen, trust)  # before anybody answers questions in vain
    sandbox = chosen.sandbox(trusted=trust, parent=parent, given=given)
    get_ready(chosen, trusted=trust, soon=ask is None)
    say_message(chosen, "_message_before_copy", sandbox, given)
    parts = features.chosen(chosen, with_ or ())
    recipe = ask_for_recipe(chosen, given, ask, parts, sandbox, install=not no_install, trust=trust)
    recipe = replace(recipe, owners_folder=parent / recipe.name)
    manager = manager_of(recipe, given)
    plan = make_plan(
        recipe, parent / recipe.name, manager, install=not no_install, git=not no_git, existing=existing
    )
    if dry_run:
        show_preview(plan, preview(plan))
    elif yes or console.confirm("Do you want to proceed with project creation?", "--yes"):
        carry_out(plan, template or chosen.name)
    else:
        console.say("nothing was made")
        raise typer.Exit(1)


# From words to a plan.


def existing_policy(force: bool, skip_existing: bool) -> Existing:
    if force and skip_existing:
        raise UsageError("`--force` and `--skip-existing` exclude each other", "pass one of them")
    return Existing.OVERWRITE if force else Existing.KEEP if skip_existing else Existing.REFUSE


def read_given(
    file: Path | None, assignments: Sequence[str], flags: Mapping[str, str | None]
) -> dict[str, Value]:
    """The answers that came with the call: flags over --set over --answers."""
    given = read_answers(file) if file else {}
    given |= read_assignments(assignments)
    return given | {name: value for name, value in flags.items() if value is not None}


def chosen_template(name: str | None, ask: Ask | None) -> Template:
    if name:
        return named_template(name)
    if ask is None:
        raise UsageError("no TEMPLATE was named", "run `fastkit list-templates` to see them all")
    return console.choose_template(list_templates())


def ask_for_recipe(
    template: Template,
    given: Mapping[str, Value],
    ask: Ask | None,
    parts: Sequence[Feature] = (),
    sandbox: Sandbox | None = None,
    *,
    install: bool,
    trust: bool = False,
) -> Recipe:
    """Put the questions, showing what was answered before the package manager is chosen."""
    survey = survey_of(
        Survey,
        template,
        parts,
        given,
        sandbox or template.sandbox(trusted=False, given=given),
        rules={PACKAGE_MANAGER: manager_rule(install and may_install(template, trust))},
        fallbacks=identity(template.questions, given),
    )
    survey, named = ask_name(survey, template, ask)
    about, rest = split(template.questions)
    answers = survey.answer(about, Answers(), ask)
    shown = (*name_question(template), *about)
    console.show_project(template, shown, answers | named, [part.name for part in parts])
    console.show_dependencies(template)
    answers = in_copiers_order(survey.answer(rest, answers, ask), given)
    return Recipe(template, answers, name_of(survey, named, answers, ask), tuple(parts), trust)


def manager_of(recipe: Recipe, given: Mapping[str, Value]) -> PackageManager | None:
    """The package manager that was answered, or named for a template that does not ask for one."""
    name = recipe.answers.values.get(PACKAGE_MANAGER, given.get(PACKAGE_MANAGER))
    return PACKAGE_MANAGERS.get(str(name))


def say_message(template: Template, setting: str, sandbox: Sandbox, context: Mapping[str, Value]) -> None:
    """Show a message of the template, in its own words.

    Raises:
        TemplateError: it cannot be rendered.
    """
    text = template.config.get(setting)
    if not text:
        return
    try:
        console.say_words(sandbox.render(text, context, "undefined"))
    except (RenderError, Unset) as error:
        file, line = template.place(setting)
        raise TemplateError(
            template.name, f"`{setting}` cannot be rendered: {error}", file=file, line=line
        ) from error


def manager_rule(install: bool) -> Rule:
    def check_manager(name: str) -> str:
        if name in PACKAGE_MANAGERS and install:
            PACKAGE_MANAGERS[name].check()
        return name

    return check_manager


def identity(questions: Sequence[Question], given: Mapping[str, Value]) -> dict[str, str]:
    """Who git says the author is, for the questions that still need it."""
    settings = {"author": "user.name", "author_email": "user.email"}
    asked = {question.name for question in questions} - given.keys()
    return {name: git.config(setting) for name, setting in settings.items() if name in asked}


# Telling what was made, and what is next.


def carry_out(plan: Plan, template_words: str) -> None:
    outcome = make_project(plan, console.progress)
    command = repeating_command(plan, template_words)
    if console.voice.json:
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
    sandbox = own_sandbox(plan.recipe)
    say_message(plan.recipe.template, "_message_after_copy", sandbox, plan.recipe.answers.context)
    console.show_commands("Next steps", next_steps(plan, outcome))
    console.show_commands("The same project again, without questions", [command])


def next_steps(plan: Plan, outcome: Outcome) -> list[str]:
    steps = [*outcome.left]
    if not is_here(plan.destination):
        steps.insert(0, console.as_command(["cd", console.relative(plan.destination)]))
    paths = [change.path for change in outcome.files]
    if plan.manager and any(path.startswith("tests/") for path in paths):
        steps.append(plan.manager.run("pytest"))
    if any(path in SERVED for path in paths):
        steps.append("fastkit runserver")
    return steps


def repeating_command(plan: Plan, template_words: str) -> str:
    """The call that makes the same project and asks nothing; secrets have to be added."""
    values = {"project_name": plan.recipe.name, **plan.recipe.answers.public}
    if plan.manager:
        values.setdefault(PACKAGE_MANAGER, plan.manager.name)
    words = [
        "fastkit",
        "startdemo",
        plan.recipe.template.pinned if plan.recipe.template.ref else template_words,
    ]
    for name, value in values.items():
        words += option_words(name, console.as_text(value))
    words += [word for name in plan.recipe.feature_names for word in ("--with", name)]
    parent = plan.destination.parent
    words += ["--output", console.relative(parent)] if not is_here(parent) else []
    switches = {
        "--no-install": plan.manager is not None and not plan.install,
        "--no-git": not plan.git,
        "--trust": plan.recipe.trust,
        "--force": plan.existing is Existing.OVERWRITE,
        "--skip-existing": plan.existing is Existing.KEEP,
    }
    return console.as_command([*words, *(switch for switch, on in switches.items() if on), "--yes"])


def option_words(name: str, value: str) -> list[str]:
    option = option_for(name)
    if option.startswith("--set"):
        return ["--set", f"{name}={value}"]
    return [f"{option}={value}"] if value.startswith("-") else [option, value]


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


def show_preview(plan: Plan, files: Sequence[Change]) -> None:
    if console.voice.json:
        console.say_json({"project": str(plan.destination), "files": [file_data(change) for change in files]})
        return
    rows = [(change.status, f"{change.size:,}", change.path) for change in files]
    console.show_rows(f"Files of {plan.destination}", ("Status", "Bytes", "Path"), rows)
    for change in files:
        if change.diff:
            console.show_diff(change.diff)
    console.say("dry run: nothing was made")
