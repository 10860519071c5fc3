"""Sample projects, made up from a template to be checked or tested."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fastkit.answering.questionnaire import answered, survey_of
from fastkit.answering.survey import Survey
from fastkit.catalog import features
from fastkit.catalog.questions import Ask, Question, Value, option_for
from fastkit.catalog.template import Template
from fastkit.catalog.trust import TO_RENDER, settle_trust
from fastkit.errors import InvalidAnswer, MissingAnswer
from fastkit.plan import Recipe
from fastkit.rendering.stage import staged

SAMPLES = {
    "project_name": "sample-project",
    "author": "Ada Example",
    "author_email": "ada@example.com",
    "description": "A sample project",
}

SAMPLES_OF_TYPES: Mapping[str, tuple[Value, ...]] = {
    "str": ("example", "Example", "1.0.0", "example.com", "https://example.com", "ada@example.com"),
    "path": ("example",),
    "int": (1, 8000),
    "float": (1.0, 0.5),
    "bool": (False, True),
    "json": ({}, []),
    "yaml": ({}, [], "example"),
}


@dataclass(frozen=True)
class Sample:
    """
    Attributes:
        recipe: renders the project.
        values: the answers, including the project's name.
        asked: the questions that were asked, each with the other answers that it could have had.
    """

    recipe: Recipe
    values: Mapping[str, Value]
    asked: Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True)
class SampleSurvey(Survey):
    """Answers with each default, or with a sample if there is none."""

    asked: dict[str, tuple[Value, ...]] = field(default_factory=dict)

    def value(self, question: Question, context: Mapping[str, Value], ask: Ask | None) -> Value:
        value = self.default_or_sample(question, context)
        self.asked[question.name] = self.other_answers(question, value, context)
        return value

    def default_or_sample(self, question: Question, context: Mapping[str, Value]) -> Value:
        try:
            return super().value(question, context, None)
        except (InvalidAnswer, MissingAnswer):
            if question.name in self.given:
                raise
        for sample in self.samples(question, context):
            with suppress(InvalidAnswer):
                return self.check(question, sample, context)
        raise MissingAnswer(question.name, option_for(question.name))

    def samples(self, question: Question, context: Mapping[str, Value]) -> Iterator[Value]:
        yield from filter(None, (question.placeholder, SAMPLES.get(question.name)))
        choices = [choice.value for choice in self.choices(question, context) if not choice.refusal]
        yield from ([choice] if question.multiselect else choice for choice in choices)
        yield from SAMPLES_OF_TYPES[self.type(question, context)]

    def other_answers(
        self, question: Question, value: Value, context: Mapping[str, Value]
    ) -> tuple[Value, ...]:
        choices = [choice.value for choice in self.choices(question, context) if not choice.refusal]
        possible = choices
        if question.multiselect:
            possible = [[], *([choice] for choice in choices), choices]
        elif not choices and self.type(question, context) == "bool":
            possible = [True, False]
        return tuple(other for other in possible if other != value)


def make_sample(
    template: Template,
    given: Mapping[str, Value],
    feature_names: Sequence[str] = (),
    *,
    trust: bool = False,
) -> Sample:
    """
    Args:
        given: answers that are not made up.

    Raises:
        UsageError: an answer or a feature is not one of the template's, or no sample answers a question.
        TemplateError: a question is not valid.
        UntrustedTemplate: it runs code while it is rendered, and is not trusted.
    """
    trust = settle_trust(template, trust, TO_RENDER)
    parts = features.chosen(template, feature_names)
    sandbox = template.sandbox(trusted=trust, given=given)
    survey = survey_of(SampleSurvey, template, parts, given, sandbox)
    name, answers = answered(survey, None)
    recipe = Recipe(template, answers, name, parts, trust)
    return Sample(recipe, {"project_name": name, **answers.values}, survey.asked)


def render_files(recipe: Recipe, parent: Path) -> Path:
    """Render a sample into a folder below `parent`, and keep it.

    Raises:
        TemplateError: the template cannot be rendered.
    """
    with staged(recipe, parent) as project:
        return project.rename(parent / recipe.name)
