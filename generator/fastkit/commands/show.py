"""`fastkit show`."""

from typing import Annotated

import typer

from fastkit import console
from fastkit.catalog import features
from fastkit.catalog.features import Feature
from fastkit.catalog.layers import project_paths
from fastkit.catalog.questions import MISSING, Question
from fastkit.catalog.template import Template, summary
from fastkit.catalog.trust import is_trusted, may_install
from fastkit.commands.options import AsJson, named_template


def show(
    template: Annotated[str, typer.Argument(help="A template's name, folder or git address.")],
    as_json: AsJson = False,
) -> None:
    found = named_template(template)
    if as_json:
        console.say_json(as_data(found))
        return
    console.show_rows(found.name, (), [*facts(found).items()])
    console.show_rows("Questions", ("Name", "Question", "Default"), [as_row(q) for q in asked(found)])
    if parts := features.offered(found):
        console.show_rows("Features", ("Name", "What it adds"), [(part.name, part.title) for part in parts])
    console.show_tree(found.name, project_paths(found))


def facts(template: Template) -> dict[str, str]:
    all_facts = {
        "Title": template.title,
        "Description": template.description,
        "Version": template.version,
        "Source": f"{template.source}: {template.pinned if template.ref else template.folder}",
        "Tags": ", ".join(template.tags),
        "Dependencies": ", ".join(template.dependencies),
        "Also installs": ", ".join(template.other_dependencies),
        "Runs code": "\n".join(map(str, template.code)),
        "Installed": "" if is_installed(template) else "only with --trust, as that runs code of the template",
    }
    return {name: value for name, value in all_facts.items() if value}


def is_installed(template: Template) -> bool:
    """Whether `startdemo` installs its projects without being passed `--trust`."""
    return may_install(template, is_trusted(template))


def asked(template: Template) -> list[Question]:
    return [question for question in template.questions if question.when is not False]


def as_row(question: Question) -> tuple[str, str, str]:
    return question.name, question.help, "" if question.default is MISSING else str(question.default)


def as_data(template: Template) -> dict[str, object]:
    return {
        **summary(template),
        "folder": str(template.folder),
        "features": [feature_data(feature) for feature in features.offered(template)],
        "dependencies": template.dependencies,
        "other_dependencies": template.other_dependencies,
        "runs_code": [{"kind": code.kind, "command": code.command} for code in template.code],
        "installs": is_installed(template),
        "questions": [question_data(question) for question in asked(template)],
        "files": project_paths(template),
    }


def feature_data(feature: Feature) -> dict[str, object]:
    return {
        "name": feature.name,
        "title": feature.title,
        "description": feature.description,
        "requires": feature.requires,
        "conflicts": feature.conflicts,
        "dependencies": feature.dependencies,
        "dev_dependencies": feature.dev_dependencies,
    }


def question_data(question: Question) -> dict[str, object]:
    data = {
        "name": question.name,
        "type": question.type,
        "help": question.help,
        "choices": question.choices or None,
        "multiselect": question.multiselect or None,
        "secret": question.secret or None,
        "default": None if question.default is MISSING else question.default,
    }
    return {name: value for name, value in data.items() if value is not None}
