"""Which answers a template is rendered with: every choice once, every feature, every pair of features."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from fastkit.catalog import features
from fastkit.catalog.copier_yml import CONFIG_NAMES
from fastkit.catalog.features import Feature
from fastkit.catalog.questions import Value
from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding, of_error
from fastkit.checking.samples import Trial, make_trial
from fastkit.errors import FastkitError, MissingAnswer, TemplateError, UsageError
from fastkit.plan import Recipe

DEFAULTS = "defaults"

MOST_PROJECTS = 1000
"""Tried of one template, whose questions and features may go together in any number of ways."""

AWKWARD = {
    "author": 'Zoë "Zed" O\'Neil \\ שלום',
    "description": 'It\'s a "quoted" 100 % test: \\d, #1 & <b>, 🚀',
}
"""Text that breaks a file which it is pasted into and not written for."""


@dataclass(frozen=True)
class Case:
    """One project of the matrix.

    Attributes:
        name: the answers that are not the defaults, in words.
        is_pair: whether it only joins two features that are also judged each on its own.
    """

    name: str
    recipe: Recipe
    is_pair: bool = False


@dataclass(frozen=True)
class Matrix:
    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]


def make_matrix(template: Template, given: Mapping[str, Value], *, trust: bool) -> Matrix:
    """All cases, and what kept a case from being made."""
    builder = Builder(template, given, trust)
    builder.vary_answers()
    builder.vary_text()
    builder.vary_features()
    if builder.is_cut:
        problem = f"makes more than {MOST_PROJECTS:,} kinds of projects; the rest was not checked"
        builder.findings.append(Finding("answers", problem, "check others with --set", CONFIG_NAMES[0]))
    return Matrix(tuple(builder.cases), tuple(builder.findings))


class Builder:
    def __init__(self, template: Template, given: Mapping[str, Value], trust: bool) -> None:
        self.template = template
        self.given = given
        self.trust = trust
        self.cases: list[Case] = []
        self.findings: list[Finding] = []
        self.tried = 0
        self.is_cut = False

    def is_full(self) -> bool:
        self.is_cut = self.is_cut or self.tried >= MOST_PROJECTS
        return self.is_cut

    def add(
        self, name: str, wishes: Mapping[str, Value], parts: Sequence[str] = (), *, is_pair: bool = False
    ) -> Trial | None:
        """Add a case; None where the template is not in order."""
        self.tried += 1
        try:
            trial = make_trial(self.template, {**self.given, **wishes}, parts, trust=self.trust)
        except TemplateError as error:
            self.findings.append(of_error("answers", error, self.template.name))
            return None
        self.cases.append(Case(name, trial.recipe, is_pair))
        return trial

    def vary_answers(self) -> None:
        """Begin with the defaults; then each other answer to each question that some case is asked."""
        seen: set[str] = set()
        left: list[dict[str, Value]] = [{}]
        while left and not self.is_full():
            wishes = left.pop(0)
            try:
                trial = self.add(in_words(wishes) or DEFAULTS, wishes)
            except MissingAnswer as error:
                self.findings.append(self.unanswered(error))
                continue
            except UsageError:
                if not wishes:
                    raise
                continue  # the template refuses this answer, which is its right
            if trial is None:
                continue
            for question, others in trial.asked.items():
                seen.add(in_words({question: trial.values[question]}))
                new = [value for value in others if in_words({question: value}) not in seen]
                seen |= {in_words({question: value}) for value in new}
                left += [{**wishes, question: value} for value in new[: MOST_PROJECTS - len(left)]]

    def unanswered(self, error: MissingAnswer) -> Finding:
        file, line = self.template.place(error.question)
        message = f"`{error.question}` has no default, and no sample passes as its answer"
        hint = f"give it a `default` or a `placeholder`, or check with --set {error.question}=VALUE"
        return Finding("answers", message, hint, file, line)

    def vary_text(self) -> None:
        asked = {question.name for question in self.template.questions}
        wishes = {name: text for name, text in AWKWARD.items() if name in asked - self.given.keys()}
        if wishes and self.cases:
            try:
                self.add("quotes in " + " and ".join(wishes), wishes)
            except UsageError:
                return  # a validator takes plainer text alone

    def vary_features(self) -> None:
        try:
            offered = features.offered(self.template)
        except TemplateError as error:
            self.findings.append(of_error("features", error, self.template.name))
            return
        if not self.cases:
            return
        for names in combined(offered):
            if self.is_full():
                return
            try:
                self.add(f"with {', '.join(names)}", {}, names, is_pair=len(names) == 2)
            except FastkitError as error:
                file, line = self.template.place("_fastkit", "features")
                finding = Finding("features", error.message, error.hint, file, line, (", ".join(names),))
                self.findings.append(finding)


def combined(offered: Sequence[Feature]) -> Iterator[tuple[str, ...]]:
    """Each feature with all that it requires, each pair, and as many as go together."""
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
    """With all that these require, in the template's order."""
    wanted = set(names)
    while more := {name for own in wanted for name in known[own].requires} - wanted:
        wanted |= more
    return tuple(name for name in known if name in wanted)


def agree(names: Sequence[str], known: Mapping[str, Feature]) -> bool:
    return not any(other in names for name in names for other in known[name].conflicts)


def in_words(wishes: Mapping[str, Value]) -> str:
    return ", ".join(f"{name}={as_text(value)}" for name, value in wishes.items())


def as_text(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
