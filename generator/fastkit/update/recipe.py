"""The recipe of a project that exists: its recorded answers, and new ones for new questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fastkit.answering.questionnaire import answered, gone, in_copiers_order, name_question, survey_of
from fastkit.answering.survey import Survey
from fastkit.catalog.features import Feature
from fastkit.catalog.questions import Ask, Question, Value
from fastkit.catalog.template import Template
from fastkit.catalog.trust import TO_RENDER, settle_trust
from fastkit.computing.documents import as_text
from fastkit.errors import InvalidAnswer, MissingAnswer
from fastkit.plan import Recipe
from fastkit.record.project_yml import Record


@dataclass(frozen=True)
class UpdateSurvey(Survey):
    """A survey that asks only what was not answered when the project was made.

    Attributes:
        recorded: the project's answers.
        outdated: names of those that the template no longer accepts.
    """

    recorded: Mapping[str, Value] = field(default_factory=dict)
    outdated: list[str] = field(default_factory=list)

    @property
    def before(self) -> Mapping[str, Value]:
        in_no_text = {question.name for question in name_question(self.template)}
        known = {**self.recorded, **self.given}
        return {name: value for name, value in known.items() if name not in in_no_text}

    def value(self, question: Question, context: Mapping[str, Value], ask: Ask | None) -> Value:
        if question.name not in self.recorded or question.name in self.given:
            return super().value(question, context, None if question.secret else ask)
        try:
            return self.check(question, self.recorded[question.name], context)
        except InvalidAnswer:  # the template's rules have changed
            self.outdated.append(question.name)
            return super().value(question, context, ask)


def recipe_for(
    project: Path,
    template: Template,
    record: Record,
    ask: Ask | None,
    *,
    features: Sequence[Feature] = (),
    given: Mapping[str, Value] | None = None,
    defaults: Mapping[str, str] | None = None,
    trust: bool = False,
) -> tuple[Recipe, tuple[str, ...]]:
    """The recipe, and notes on recorded answers that had to change.

    Secret questions have their defaults, as their answers are not recorded. Answers to questions that are
    gone stay, as the template's files may still name them.

    Args:
        given: answers that replace recorded ones.
        defaults: better ones than the template's.

    Raises:
        UntrustedTemplate: rendering it runs code, and nobody trusts it.
        UsageError: an answer in `given` is to no question or breaks a rule, or an answer is missing.
    """
    given = given or {}
    trusted = settle_trust(template, trust, TO_RENDER)
    recorded = {**({"project_name": record.project} if record.project else {}), **record.answers}
    sandbox = template.sandbox(
        trusted=trusted, project=project, folder=record.project, given={**recorded, **given}
    )
    survey = survey_of(
        UpdateSurvey, template, features, given, sandbox, defaults=defaults or {}, recorded=recorded
    )
    try:
        name, answers = answered(survey, ask)
    except MissingAnswer as error:
        raise MissingAnswer(error.question, f"--set {error.question}=VALUE") from error
    notes = [
        f"`{question}` was `{as_text(recorded[question])}`, now it is `{as_text(answers.values[question])}`: "
        f"`{template.name}` no longer accepts the former"
        for question in survey.outdated
    ]
    ordered = in_copiers_order(answers, recorded)
    kept = replace(ordered, values={**gone(template, record.answers), **ordered.values})
    return Recipe(template, kept, record.project or name, tuple(features), trusted, project), tuple(notes)
