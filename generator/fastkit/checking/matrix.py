"""The projects that a template is checked with: each choice, each feature, each pair of features."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, islice
from typing import Protocol

from fastkit.catalog import features
from fastkit.catalog.copier_yml import CONFIG_NAMES
from fastkit.catalog.features import Feature
from fastkit.catalog.questions import Value
from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding, of_error
from fastkit.checking.samples import Sample, make_sample
from fastkit.computing.documents import as_text
from fastkit.errors import FastkitError, MissingAnswer, TemplateError, UsageError
from fastkit.plan import Recipe

DEFAULTS = "defaults"

MOST_PROJECTS = 1000
"""Checked of one template, as its questions and features can be combined in any number of ways."""

AWKWARD = {
    "author": 'Zoë "Zed" O\'Neil \\ שלום',
    "description": 'It\'s a "quoted" 100 % test: \\d, #1 & <b>, 🚀',
}
"""Text that breaks a file into which it is pasted without being escaped."""

Answers = Mapping[str, Value]


@dataclass(frozen=True)
class Case:
    """One project of the matrix.

    Attributes:
        name: the answers that are not the defaults, in words.
        is_pair: whether it combines two features that are also checked separately.
    """

    name: str
    recipe: Recipe
    is_pair: bool = False


Attempt = Case | Finding | None
"""None if the template refuses the answers, which it may."""


class Make(Protocol):
    """Makes the sample with these answers and features; a finding if the template is at fault.

    Raises:
        UsageError: the template refuses an answer or a feature.
    """

    def __call__(self, answers: Answers, names: Sequence[str] = ()) -> Sample | Finding: ...


def make_matrix(
    template: Template, given: Answers, *, trust: bool
) -> tuple[tuple[Case, ...], tuple[Finding, ...]]:
    """The cases, and why others cannot be made."""
    attempts = every_attempt(template, given, partial(sample_or_finding, template, given, trust))
    found = [*islice(attempts, MOST_PROJECTS)]
    if next(attempts, attempts) is not attempts:
        problem = f"makes more than {MOST_PROJECTS:,} kinds of projects; the others were not checked"
        found.append(Finding("answers", problem, "check others with --set", CONFIG_NAMES[0]))
    cases = tuple(case for case in found if isinstance(case, Case))
    return cases, tuple(finding for finding in found if isinstance(finding, Finding))


def sample_or_finding(
    template: Template, given: Answers, trust: bool, answers: Answers, names: Sequence[str] = ()
) -> Sample | Finding:
    try:
        return make_sample(template, {**given, **answers}, names, trust=trust)
    except TemplateError as error:
        return of_error("answers", error, template.name)
    except MissingAnswer as error:
        message = f"`{error.question}` has no default, and no sample is a valid answer"
        hint = f"add a `default` or a `placeholder`, or check with --set {error.question}=VALUE"
        return Finding("answers", message, hint, *template.place(error.question))


def every_attempt(template: Template, given: Answers, make: Make) -> Iterator[Attempt]:
    works = False
    for found in vary_answers(make):
        works = works or isinstance(found, Case)
        yield found
    if works:
        yield from vary_text({question.name for question in template.questions} - given.keys(), make)
        yield from vary_features(template, make)


def case_of(made: Sample | Finding, name: str, *, is_pair: bool = False) -> Case | Finding:
    return made if isinstance(made, Finding) else Case(name, made.recipe, is_pair)


def vary_answers(make: Make) -> Iterator[Attempt]:
    """The defaults, then each other answer to each question that some case is asked."""
    seen: set[str] = set()
    left: list[Answers] = [{}]
    while left:
        answers = left.pop(0)
        try:
            made = make(answers)
        except UsageError:
            if not answers:
                raise
            yield None
            continue
        yield case_of(made, in_words(answers) or DEFAULTS)
        if isinstance(made, Finding):
            continue
        for question, others in made.asked.items():
            seen.add(in_words({question: made.values[question]}))
            new = [value for value in others if in_words({question: value}) not in seen]
            seen |= {in_words({question: value}) for value in new}
            left += [{**answers, question: value} for value in new[: MOST_PROJECTS - len(left)]]


def vary_text(asked: set[str], make: Make) -> Iterator[Attempt]:
    awkward = {name: text for name, text in AWKWARD.items() if name in asked}
    try:
        if awkward:
            yield case_of(make(awkward), "quotes in " + " and ".join(awkward))
    except UsageError:
        yield None  # a validator accepts only simpler text


def vary_features(template: Template, make: Make) -> Iterator[Attempt]:
    try:
        offered = features.offered(template)
    except TemplateError as error:
        yield of_error("features", error, template.name)
        return
    needing = {feature.name for feature in offered if feature.requires}
    for names in combined(offered):
        listed, is_pair = ", ".join(names), len(names) == 2 and needing.isdisjoint(names)
        try:
            yield case_of(make({}, names), f"with {listed}", is_pair=is_pair)
        except FastkitError as error:
            place = template.place("_fastkit", "features")
            yield replace(Finding("features", error.message, error.hint, *place), answers=(listed,))


def combined(offered: Sequence[Feature]) -> Iterator[tuple[str, ...]]:
    """Each feature with those that it requires, each pair, and as many as can be combined."""
    known = {feature.name: feature for feature in offered}
    singles = [complete((feature.name,), known) for feature in offered]
    pairs = [complete(pair, known) for pair in combinations(known, 2)]
    most: tuple[str, ...] = ()
    for single in singles:
        together = complete((*most, *single), known)
        most = together if agree(together, known) else most
    wanted = dict.fromkeys((*singles, *pairs, most))
    yield from (names for names in wanted if names and agree(names, known))


def complete(names: Sequence[str], known: Mapping[str, Feature]) -> tuple[str, ...]:
    """These features and those that they require, in the template's order."""
    wanted = set(names)
    while more := {name for own in wanted for name in known[own].requires} - wanted:
        wanted |= more
    return tuple(name for name in known if name in wanted)


def agree(names: Sequence[str], known: Mapping[str, Feature]) -> bool:
    return not any(other in names for name in names for other in known[name].conflicts)


def in_words(answers: Answers) -> str:
    return ", ".join(f"{name}={as_text(value)}" for name, value in answers.items())
