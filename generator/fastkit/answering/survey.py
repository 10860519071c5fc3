"""Answering a template's questions: given answers, defaults, or a person who is asked."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastkit.answering.rules import Rule
from fastkit.catalog.questions import (
    MISSING,
    PROJECT_NAME,
    TYPES,
    Answers,
    Ask,
    Choice,
    Options,
    Question,
    Value,
    option_for,
)
from fastkit.catalog.template import Template
from fastkit.computing.documents import as_text
from fastkit.computing.jinja import is_templated
from fastkit.computing.safe_yaml import parse
from fastkit.computing.texts import RenderError, Sandbox, Unset
from fastkit.errors import InvalidAnswer, MissingAnswer, TemplateError, UsageError
from fastkit.wording import listed, shortened

OWN_EXAMPLES = ("default", "placeholder")
"""The settings by which a template says what an answer may look like."""


@dataclass(frozen=True)
class Survey:
    """The questions of one template, ready to be answered.

    Attributes:
        given: answers that came with the command, as text or as values.
        sandbox: renders the texts of the questions.
        defaults: answers that win over the template's defaults, such as the features.
        rules: what fastkit demands of the answer to a question, besides the template's own validator.
        fallbacks: answers where the template has no default, such as git's `user.name`.
    """

    template: Template
    given: Mapping[str, Value]
    sandbox: Sandbox
    defaults: Mapping[str, Value] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    fallbacks: Mapping[str, Value] = field(default_factory=dict)

    @property
    def before(self) -> Mapping[str, Value]:
        """What texts can name before any question is asked."""
        return self.given

    def answer(self, questions: Sequence[Question], known: Answers, ask: Ask | None) -> Answers:
        """Answer these questions, given those already answered.

        Args:
            ask: puts a question to a person; without it, defaults answer.

        Raises:
            InvalidAnswer: a given answer breaks a rule.
            MissingAnswer: no answer was given, there is no default, and there is no `ask`.
            UsageError: an answer was given to a question that the other answers rule out.
        """
        context = {**self.before, **known.context}
        values: dict[str, Value] = {}
        computed: dict[str, Value] = {}
        for question in questions:
            if self.applies(question, context):
                values[question.name] = context[question.name] = self.value(question, context, ask)
                continue
            if question.name in self.given and question.name != PROJECT_NAME.name:
                raise UsageError(
                    f"`{question.name}` is not asked, given the other answers",
                    f"leave `{question.name}` out",
                )
            context.pop(question.name, None)
            default = self.default(question, context)
            if default is not MISSING:
                value = self.parse_default(question, default, context)
                computed[question.name] = context[question.name] = value
        return known | Answers(values, computed, frozenset(q.name for q in questions if q.secret))

    def check_given(self) -> None:
        """Check at once what does not depend on other answers.

        Raises:
            InvalidAnswer: a given answer breaks a rule.
        """
        for question in self.template.questions:
            if question.name in self.given and question.when is True and not self.depends_on_others(question):
                self.check(question, self.given[question.name], {})

    def depends_on_others(self, question: Question) -> bool:
        texts = repr([question.type, question.choices, question.validator])
        return is_templated(texts, self.template.envops)

    def applies(self, question: Question, context: Mapping[str, Value]) -> bool:
        return to_bool(self.render(question, "when", question.when, context))

    def value(self, question: Question, context: Mapping[str, Value], ask: Ask | None) -> Value:
        if question.name in self.given:
            return self.check(question, self.given[question.name], context)
        default = self.default(question, context)
        if ask is None or not to_bool(self.render(question, "ask", question.ask, context)):
            return self.default_value(question, default, context)
        return ask(
            question.name,
            self.text(question, context),
            self.shown_default(question, default, context),
            lambda typed: self.check(question, typed, context),
            secret=question.secret,
            multiline=to_bool(self.render(question, "multiline", question.multiline, context)),
            options=self.options(question, default, context),
        )

    def default_value(self, question: Question, default: Value, context: Mapping[str, Value]) -> Value:
        if default is MISSING:
            raise MissingAnswer(question.name, option_for(question.name))
        return self.judge(question, self.parse_default(question, default, context), context)

    def check(self, question: Question, value: Value, context: Mapping[str, Value]) -> Value:
        """The value in the question's type, if it passes every rule."""
        return self.judge(question, self.parse(question, value, context), context)

    def judge(self, question: Question, value: Value, context: Mapping[str, Value]) -> Value:
        rule = self.rule(question, context)
        if rule and isinstance(value, str):
            value = rule(value)
        complaint = str(
            self.render(question, "validator", question.validator, {**context, question.name: value})
        ).strip()
        if complaint:
            raise InvalidAnswer(question.name, f"is not valid: {complaint}")
        return value

    def rule(self, question: Question, context: Mapping[str, Value]) -> Rule | None:
        """fastkit's own rule; None where the template's default or placeholder breaks it."""
        rule = self.rules.get(question.name)
        if rule is None or question.choices:
            return rule
        own = [
            self.render(question, setting, getattr(question, setting), context) for setting in OWN_EXAMPLES
        ]
        return rule if all(passes(rule, text) for text in own if text and isinstance(text, str)) else None

    def parse(self, question: Question, value: Value, context: Mapping[str, Value]) -> Value:
        kind = self.type(question, context)
        choices = self.choices(question, context)
        if question.multiselect:
            picked = [pick(question, item, choices, kind) for item in as_list(question, value)]
            return [choice.value for choice in choices if choice in picked]
        if choices:
            return pick(question, value, choices, kind).value
        return cast(question, kind, value)

    def parse_default(self, question: Question, default: Value, context: Mapping[str, Value]) -> Value:
        """Like any value, except that copier reads any default of a bool as yes or no."""
        if not question.choices and self.type(question, context) == "bool" and default is not None:
            return to_bool(default)
        try:
            return self.parse(question, default, context)
        except InvalidAnswer as error:
            raise self.broken(question, "default", error.reason) from error

    def type(self, question: Question, context: Mapping[str, Value]) -> str:
        name = str(self.render(question, "type", question.type, context))
        if name not in TYPES:
            raise self.broken(
                question, "type", f"has the unknown type `{name}`; there are {', '.join(TYPES)}"
            )
        return name

    def choices(self, question: Question, context: Mapping[str, Value]) -> list[Choice]:
        raw = self.render(question, "choices", question.choices, context)
        if isinstance(question.choices, str):
            raw = self.parse_choices(question, raw)
        pairs = isinstance(raw, dict)
        items = list(raw.items()) if isinstance(raw, dict) else list(raw or ())
        return [self.choice(question, item, context, pairs or isinstance(item, list)) for item in items]

    def parse_choices(self, question: Question, text: str) -> Value:
        try:
            found = parse(text)
        except ValueError as error:
            raise self.broken(question, "choices", f"cannot be read: {error}") from error
        if not isinstance(found, list | dict | None):
            raise self.broken(question, "choices", "must be a list or a mapping")
        return found

    def choice(self, question: Question, item: Value, context: Mapping[str, Value], is_pair: bool) -> Choice:
        if is_pair and len(item) != 2:
            raise self.broken(question, "choices", f"must be pairs of a label and a value, not `{item}`")
        label, value = item if is_pair else (item, item)
        refusal = ""
        if is_pair and isinstance(value, dict):
            if "value" not in value:
                raise self.broken(question, "choices", f"have no `value` for `{label}`")
            validator = value.get("validator", "")
            if not isinstance(validator, str):
                raise self.broken(question, "choices", f"must have text as the `validator` of `{label}`")
            refusal = str(self.render(question, "choices", validator, context)).strip()
            value = value["value"]
        label = str(self.render(question, "choices", label, context))
        value = self.render(question, "choices", value, context)
        try:
            return Choice(label, cast(question, self.type(question, context), value), refusal)
        except InvalidAnswer as error:
            raise self.broken(question, "choices", error.reason) from error

    def default(self, question: Question, context: Mapping[str, Value]) -> Value:
        """The first that passes the rules of `defaults`, the template's own default and `fallbacks`."""
        rule = None if question.choices else self.rule(question, context)
        better = self.defaults.get(question.name)
        if better and passes(rule, better):
            return better
        default = self.render(question, "default", question.default, context)
        if default is not MISSING and (rule is None or passes(rule, str(default))):
            return default
        known = self.fallbacks.get(question.name)
        return known if known and passes(rule, known) else MISSING

    def shown_default(self, question: Question, default: Value, context: Mapping[str, Value]) -> str | None:
        """The default as a person would type it."""
        if default is MISSING or default is None:
            return None
        if choices := self.choices(question, context):
            return ", ".join(self.chosen(question, default, choices, context))
        if self.type(question, context) == "bool":
            return "y" if to_bool(default) else "n"
        return as_text(default)

    def chosen(
        self, question: Question, default: Value, choices: Sequence[Choice], context: Mapping[str, Value]
    ) -> tuple[str, ...]:
        """The labels of the choices that the default stands for."""
        chosen = as_list(question, default) if question.multiselect else [default]
        kind = self.type(question, context)
        return tuple(c.label for c in choices if any(is_choice(c, one, kind) for one in chosen))

    def options(self, question: Question, default: Value, context: Mapping[str, Value]) -> Options | None:
        choices = tuple(self.choices(question, context))
        if not choices:
            return None
        none = default is MISSING or default is None
        chosen = () if none else self.chosen(question, default, choices, context)
        return Options(self.title(question, context), choices, chosen, question.multiselect)

    def title(self, question: Question, context: Mapping[str, Value]) -> str:
        help_text = " ".join(str(self.render(question, "help", question.help, context)).split())
        return help_text or question.name

    def text(self, question: Question, context: Mapping[str, Value]) -> str:
        labels = [choice.label for choice in self.choices(question, context) if not choice.refusal]
        several = ", several with commas" if question.multiselect else ""
        example = str(self.render(question, "placeholder", question.placeholder, context))
        notes = [", ".join(labels) + several] if labels else [f"such as {example}"] if example else []
        return self.title(question, context) + "".join(f" ({note})" for note in notes)

    def render(self, question: Question, setting: str, value: Value, context: Mapping[str, Value]) -> Value:
        """Render a setting as copier would: strings and the strings in lists are templates."""
        if isinstance(value, list | tuple):
            return [self.render(question, setting, item, context) for item in value]
        if not isinstance(value, str) or not is_templated(value, self.sandbox.envops):
            return value
        try:
            return self.sandbox.render(value, context)
        except Unset:
            return MISSING
        except RenderError as error:
            raise self.broken(question, setting, f"cannot be rendered: {error}") from error

    def broken(self, question: Question, setting: str, problem: str) -> TemplateError:
        file, line = self.template.place(question.name, setting)
        return TemplateError(
            self.template.name, f"`{setting}` of `{question.name}` {problem}", file=file, line=line
        )


def passes(rule: Rule | None, text: Value) -> bool:
    try:
        return rule is None or bool(rule(text))
    except InvalidAnswer:
        return False


OFFERED = 50
"""How many choices an error lists."""


def pick(question: Question, value: Value, choices: Sequence[Choice], kind: str) -> Choice:
    """The choice that has this value, or else this label."""
    by_value = [choice for choice in choices if is_value(choice, value, kind)]
    found = by_value or [choice for choice in choices if is_choice(choice, value, kind)]
    for choice in found:
        if not choice.refusal:
            return choice
    if found:
        raise InvalidAnswer(question.name, f"cannot be `{found[0].label}`: {found[0].refusal}")
    offered = listed((choice.label for choice in choices if not choice.refusal), OFFERED)
    raise InvalidAnswer(question.name, f"cannot be `{shortened(str(value))}`; choose from {offered}")


def is_value(choice: Choice, value: Value, kind: str) -> bool:
    try:
        return bool(CASTS[kind](value) == choice.value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return False


def is_choice(choice: Choice, value: Value, kind: str) -> bool:
    return is_value(choice, value, kind) or str(value).strip() in (str(choice.value), choice.label)


def as_list(question: Question, value: Value) -> list[Value]:
    """A multiselect answer: a list, a YAML list in text, or names between commas."""
    if isinstance(value, str):
        value = items_in(value)
    if not isinstance(value, list):
        raise InvalidAnswer(question.name, "must be a list")
    return [item for item in value if item != ""]


def items_in(text: str) -> Value:
    """The items of a YAML list, each as it is written: `no` is a name, not a boolean."""
    try:
        found, written = parse(text), parse(text, as_written=True)
    except ValueError:
        return None if text.strip().startswith("[") else text.split(",")
    if not isinstance(found, list):
        return text.split(",")
    return [plain if isinstance(plain, str) else item for item, plain in zip(found, written, strict=True)]


def cast(question: Question, kind: str, value: Value) -> Value:
    """Turn text into the question's type; a value of that type stays as it is."""
    try:
        return CASTS[kind](value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        shown = shortened(str(value))
        raise InvalidAnswer(question.name, f"cannot be `{shown}`: it takes {NAMES[kind]}") from None


NAMES = {
    "str": "text",
    "path": "a path",
    "int": "a whole number",
    "float": "a number",
    "bool": "yes or no",
    "json": "JSON",
    "yaml": "YAML",
}


def to_bool(value: Value) -> bool:
    """Whether copier takes a value for true: numbers, YAML's booleans and nulls, then Python's truth."""
    if not isinstance(value, str):
        return bool(value)
    if value.strip().lower() in {"", "n", "no", "f", "false", "off", "~", "null", "none"}:
        return False
    try:
        return bool(float(value))
    except ValueError:
        return True


def to_text(value: Value) -> str:
    if not isinstance(value, str | int | float):
        raise TypeError(value)
    text = str(value)
    text.encode()  # fails for bytes of the command line that are not text
    return text


def to_float(value: Value) -> float:
    """Also YAML's `.nan` and `.inf`."""
    try:
        return float(value)
    except ValueError:
        found = parse(value)
        if isinstance(found, float):
            return found
        raise


def strict_bool(value: Value) -> bool:
    known = {"y", "yes", "t", "true", "on", "1", "n", "no", "f", "false", "off", "0"}
    if isinstance(value, str) and value.strip().lower() not in known:
        raise ValueError(value)
    return to_bool(value)


def load_json(value: Value) -> Value:
    return json.loads(value) if isinstance(value, str) else value


def load_yaml(value: Value) -> Value:
    return parse(value) if isinstance(value, str) else value


CASTS: dict[str, Callable[[Value], Value]] = {
    "str": to_text,
    "path": to_text,
    "int": int,
    "float": to_float,
    "bool": strict_bool,
    "json": load_json,
    "yaml": load_yaml,
}
