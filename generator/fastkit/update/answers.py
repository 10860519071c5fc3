"""Answers to a template's questions a second time: those that are recorded, and new ones for what is new."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from fastkit.answering.questionnaire import answer_all, gone, in_copiers_order, survey_of
from fastkit.answering.survey import Survey
from fastkit.catalog.features import Feature
from fastkit.catalog.questions import Answers, Ask, Question, Value
from fastkit.catalog.template import Template
from fastkit.computing.documents import as_text
from fastkit.errors import InvalidAnswer, MissingAnswer
from fastkit.record.project_yml import Record


@dataclass(frozen=True)
class Resurvey(Survey):
    """A survey that asks only what was not answered when the project was made.

    Attributes:
        recorded: the project's answers.
        outdated: names of those that the template no longer takes.
    """

    recorded: Mapping[str, Value] = field(default_factory=dict)
    outdated: list[str] = field(default_factory=list)

    @property
    def before(self) -> Mapping[str, Value]:
        return {**self.recorded, **self.given}

    def value(self, question: Question, context: Mapping[str, Value], ask: Ask | None) -> Value:
        known = question.name in self.recorded and question.name not in self.given
        if not known:
            return super().value(question, context, None if question.secret else ask)
        try:
            return self.check(question, self.recorded[question.name], context)
        except InvalidAnswer:  # the template's rules have changed
            self.outdated.append(question.name)
            return super().value(question, context, ask)


@dataclass(frozen=True)
class Answered:
    """
    Attributes:
        name: of the project's folder.
        notes: which answers are not those that were recorded.
    """

    name: str
    answers: Answers
    notes: tuple[str, ...]


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
) -> Answered:
    """The answers to the template's questions, those that are recorded where it still takes them.

    Secrets have their defaults, as they are not recorded.

    Args:
        project: whose files the template may read.
        trusted: whether the template may read this machine, and needs no bounds.
        guesses: better defaults than the template's.

    Raises:
        UsageError: an answer in `given` is to no question, or breaks a rule; or one is missing.
    """
    named = {"project_name": record.project} if record.project else {}
    known = {**named, **record.answers}
    sandbox = template.sandbox(
        trusted=trusted, project=project, folder=record.project, given={**known, **given}
    )
    survey = survey_of(Resurvey, template, parts, given, sandbox, defaults=guesses or {}, recorded=known)
    try:
        name, answers = answer_all(survey, template, ask)
    except MissingAnswer as error:
        raise MissingAnswer(error.question, f"--set {error.question}=VALUE") from error
    notes = [f"`{q}` was `{said(known[q])}`, now it is `{said(answers.values[q])}`" for q in survey.outdated]
    why = f": `{template.name}` no longer takes the former"
    return Answered(
        record.project or name, in_copiers_order(answers, known), tuple(note + why for note in notes)
    )


def said(value: Value) -> str:
    return value if isinstance(value, str) else as_text(value)


def with_gone(template: Template, recorded: Mapping[str, Value], answers: Answers) -> Answers:
    """The answers with those to questions that are gone, which its files may still name."""
    return replace(answers, values={**gone(template, recorded), **answers.values})
