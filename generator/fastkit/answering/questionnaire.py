"""Puts all the questions of a template, and names the folder of the project that is made of the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from fastkit.answering.arguments import check_known
from fastkit.answering.rules import Rule, common_rules
from fastkit.answering.survey import Survey
from fastkit.catalog import features
from fastkit.catalog.features import Feature
from fastkit.catalog.questions import PROJECT_NAME, Answers, Ask, Question, Value
from fastkit.catalog.template import Template
from fastkit.computing.texts import Sandbox
from fastkit.errors import InvalidAnswer
from fastkit.machine.names import folder_name

AnySurvey = TypeVar("AnySurvey", bound=Survey)


def survey_of(
    kind: type[AnySurvey],
    template: Template,
    parts: Sequence[Feature],
    given: Mapping[str, Value],
    sandbox: Sandbox,
    **more: Any,
) -> AnySurvey:
    """The questions of a template with these features, once every answer in `given` is to one of them.

    Args:
        more: of the survey's attributes.

    Raises:
        UsageError: an answer is to no question, or breaks a rule.
    """
    check_known(template.name, (*name_question(template), *template.questions), given)
    survey = kind(
        template.name,
        template.questions,
        given,
        {**more.pop("defaults", {}), **features.computed(parts)},
        {**rules_for(template, parts), **more.pop("rules", {})},
        template.envops,
        sandbox,
        template.place,
        **more,
    )
    survey.check_given()
    return survey


def rules_for(template: Template, parts: Sequence[Feature]) -> dict[str, Rule]:
    """What fastkit demands of answers: in a template that is not made for it, only of a name that it asks."""
    rules = common_rules(template.taken_names | features.taken_names(parts))
    if template.about:
        return rules
    return {question.name: rules[question.name] for question in name_question(template)}


def name_question(template: Template) -> tuple[Question, ...]:
    """fastkit's own question, where no question of the template asks for the project's name."""
    asked = any(q.name == PROJECT_NAME.name and q.when is not False for q in template.questions)
    return () if asked else (PROJECT_NAME,)


def ask_name(survey: AnySurvey, template: Template, ask: Ask | None) -> tuple[AnySurvey, Answers]:
    """What `name_question` is answered, which no text of the template sees, and the survey of the rest."""
    named = survey.answer(name_question(template), Answers(), ask)
    return within(survey, named.text(PROJECT_NAME.name)), named


def within(survey: AnySurvey, folder: str) -> AnySurvey:
    """The same survey for a project in this folder, whose name is then no answer to anything else."""
    if not folder:
        return survey
    given = {name: value for name, value in survey.given.items() if name != PROJECT_NAME.name}
    return replace(survey, given=given, sandbox=replace(survey.jinja, folder=folder))


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
        raise InvalidAnswer(PROJECT_NAME.name, f"cannot be `{said}`, which gives no folder its name")
    alone = replace(survey, given={}, rules=common_rules(frozenset()))
    return alone.answer([PROJECT_NAME], Answers(), ask).text(PROJECT_NAME.name)


def answer_all(survey: Survey, template: Template, ask: Ask | None) -> tuple[str, Answers]:
    """The name of the project's folder, and the answers to all questions."""
    survey, named = ask_name(survey, template, ask)
    answers = in_copiers_order(survey.answer(survey.questions, Answers(), ask), survey.given)
    return name_of(survey, named, answers, ask), answers


def gone(template: Template, answers: Mapping[str, Value]) -> dict[str, Value]:
    """Those answers to which the template has no question."""
    names = {question.name for question in (*name_question(template), *template.questions)}
    return {name: value for name, value in answers.items() if name not in names}


def in_copiers_order(answers: Answers, first: Mapping[str, Value]) -> Answers:
    """As copier writes them down: those that were given first."""
    values = answers.values
    return replace(answers, values={**{name: values[name] for name in first if name in values}, **values})
