"""Answers to a template's questions a second time: those that are recorded, and new ones for what is new."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fastkit import features
from fastkit.catalog import Template
from fastkit.errors import InvalidAnswer, MissingAnswer
from fastkit.features import Feature
from fastkit.given import check_known
from fastkit.living.record import Record
from fastkit.questions import Answers, Ask, Question, Value, with_project_name
from fastkit.rules import common_rules
from fastkit.survey import Survey


@dataclass(frozen=True)
class Resurvey(Survey):
    """A survey that asks only what was not answered when the project was made.

    Attributes:
        recorded: the project's answers.
    """

    recorded: Mapping[str, Value] = field(default_factory=dict)

    def value(self, question: Question, context: Mapping[str, Value], ask: Ask | None) -> Value:
        known = question.name in self.recorded and question.name not in self.given
        if not known:
            return super().value(question, context, None if question.secret else ask)
        try:
            return self.check(question, self.recorded[question.name], context)
        except InvalidAnswer:  # the template's rules have changed
            if ask is None:
                raise
            return super().value(question, context, ask)


def answer_again(
    template: Template,
    parts: tuple[Feature, ...],
    record: Record,
    given: Mapping[str, Value],
    ask: Ask | None,
    *,
    project: Path,
    trusted: bool = False,
    guesses: Mapping[str, str] | None = None,
) -> Answers:
    """The answers to the template's questions; secrets have their defaults, as they are not recorded.

    Args:
        project: whose files the template may read.
        trusted: whether the template may read this machine, and needs no bounds.
        guesses: better defaults than the template's.

    Raises:
        UsageError: an answer in `given` is to no question, or breaks a rule; or one is missing.
    """
    questions = with_project_name(template.questions)
    named = {"project_name": record.project} if record.project else {}
    known = {**named, **record.answers}
    survey = Resurvey(
        template.name,
        questions,
        given,
        {**(guesses or {}), **features.computed(parts)},
        common_rules(template.taken_names | features.taken_names(parts)),
        template.envops,
        template.sandbox(trusted=trusted, project=project, given={**known, **given}),
        template.place,
        known,
    )
    check_known(template.name, questions, given)
    survey.check_given()
    try:
        return survey.answer(questions, Answers(), ask)
    except MissingAnswer as error:
        raise MissingAnswer(error.question, f"--set {error.question}=VALUE") from error
