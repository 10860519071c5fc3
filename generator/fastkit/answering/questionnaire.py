"""Asks all the questions of a template, and names the folder of the project that is made of the answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from fastkit.answering.arguments import check_known
from fastkit.answering.rules import Rule, available_manager, common_rules
from fastkit.answering.survey import Survey
from fastkit.catalog.features import Feature, computed, taken_names
from fastkit.catalog.questions import PACKAGE_MANAGER, PROJECT_NAME, Answers, Ask, Question, Value, split
from fastkit.catalog.template import Template
from fastkit.computing.texts import Sandbox
from fastkit.errors import InvalidAnswer
from fastkit.machine import git
from fastkit.machine.names import folder_name
from fastkit.package_managers import PACKAGE_MANAGERS, PackageManager

AnySurvey = TypeVar("AnySurvey", bound=Survey)

Show = Callable[[Sequence[Question], Answers], None]
"""Shows what the project is about before its package manager is chosen."""


def survey_of(
    kind: type[AnySurvey],
    template: Template,
    features: Sequence[Feature],
    given: Mapping[str, Value],
    sandbox: Sandbox,
    **more: Any,
) -> AnySurvey:
    """The questions of a template with these features, once `given` is known to answer some of them.

    Args:
        more: attributes of the survey.

    Raises:
        UsageError: an answer is to no question, or breaks a rule.
    """
    check_known(template.name, (*name_question(template), *template.questions), given)
    defaults = {**more.pop("defaults", {}), **computed(features)}
    rules = {**rules_for(template, features), **more.pop("rules", {})}
    survey = kind(template, given, sandbox, defaults, rules, **more)
    survey.check_given()
    return survey


def first_survey(
    template: Template,
    features: Sequence[Feature],
    given: Mapping[str, Value],
    sandbox: Sandbox,
    *,
    installs: bool,
) -> Survey:
    """The questions of a project that does not exist yet.

    Args:
        installs: whether the package manager is to install it, and so has to be available.
    """
    return survey_of(
        Survey,
        template,
        features,
        given,
        sandbox,
        rules={PACKAGE_MANAGER: available_manager} if installs else {},
        fallbacks=author_in_git(template, given),
    )


def rules_for(template: Template, features: Sequence[Feature]) -> dict[str, Rule]:
    """fastkit's own rules; for a template that was not made for it, only that for the name it asks itself."""
    rules = common_rules(template.taken_names | taken_names(features))
    if template.about:
        return rules
    return {question.name: rules[question.name] for question in name_question(template)}


def author_in_git(template: Template, given: Mapping[str, Value]) -> dict[str, str]:
    """Who git says the author is, for the questions that still need it."""
    settings = {"author": "user.name", "author_email": "user.email"}
    asked = {question.name for question in template.questions} - given.keys()
    return {name: git.config(setting) for name, setting in settings.items() if name in asked}


def name_question(template: Template) -> tuple[Question, ...]:
    """fastkit's own question, where no question of the template asks for the project's name."""
    asked = any(q.name == PROJECT_NAME.name and q.when is not False for q in template.questions)
    return () if asked else (PROJECT_NAME,)


def answered(survey: Survey, ask: Ask | None, show: Show | None = None) -> tuple[str, Answers]:
    """The name of the project's folder, and the answers to all questions.

    Raises:
        UsageError: an answer is missing or breaks a rule.
        TemplateError: a question cannot be read.
    """
    template, answers = survey.template, Answers()
    named = survey.answer(name_question(template), Answers(), ask)
    survey = without_name(survey, named.text(PROJECT_NAME.name))
    for questions in split(template.questions) if show else [template.questions]:
        answers = survey.answer(questions, answers, ask)
        if show:
            show((*name_question(template), *questions), answers | named)
            show = None
    answers = in_copiers_order(answers, survey.given)
    return name_of(survey, named, answers, ask), answers


def without_name(survey: Survey, folder: str) -> Survey:
    """The survey for a project in this folder, without the answer that gave its name."""
    if not folder:
        return survey
    given = {name: value for name, value in survey.given.items() if name != PROJECT_NAME.name}
    return replace(survey, given=given, sandbox=replace(survey.sandbox, folder=folder))


def name_of(survey: Survey, named: Answers, answers: Answers, ask: Ask | None) -> str:
    """The name of the project's folder: the project's own where it can be one, else made of its words.

    Raises:
        UsageError: there is none, and nobody to ask.
    """
    known = {**answers.computed, **survey.given, **answers.values, **named.values}
    said = str(known.get(PROJECT_NAME.name, ""))
    if name := folder_name(said):
        return name
    if said and ask is None:
        raise InvalidAnswer(PROJECT_NAME.name, f"cannot be `{said}`: no folder can have that name")
    alone = replace(survey, given={}, rules=common_rules(frozenset()))
    return alone.answer([PROJECT_NAME], Answers(), ask).text(PROJECT_NAME.name)


def chosen_manager(answers: Answers, given: Mapping[str, Value]) -> PackageManager | None:
    """The package manager that was answered, or given for a template that does not ask for one."""
    name = answers.values.get(PACKAGE_MANAGER, given.get(PACKAGE_MANAGER))
    return PACKAGE_MANAGERS.get(str(name))


def gone(template: Template, answers: Mapping[str, Value]) -> dict[str, Value]:
    """Those answers to which the template has no question."""
    names = {question.name for question in (*name_question(template), *template.questions)}
    return {name: value for name, value in answers.items() if name not in names}


def in_copiers_order(answers: Answers, first: Mapping[str, Value]) -> Answers:
    """As copier writes them down: those that were given first."""
    values = answers.values
    return replace(answers, values={**{name: values[name] for name in first if name in values}, **values})
