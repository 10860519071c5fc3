"""The questions of a template, and the answers from which a project is made."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Protocol

from fastkit.catalog.seams import PARTS

Value = Any
"""An answer, in the type that its question asks for: any value that YAML has."""

Check = Callable[[str], Value]
"""Turns what a person typed into a value, or raises `InvalidAnswer`."""


class Missing(Enum):
    MISSING = "missing"


MISSING = Missing.MISSING
"""The default of a question that has none; unlike an `object()`, it is the same one in the worker process."""

PACKAGE_MANAGER = "package_manager"

TYPES = ("str", "int", "float", "bool", "json", "yaml", "path")


class Ask(Protocol):
    """Asks a person one question until `check` accepts the answer."""

    def __call__(
        self,
        question: str,
        text: str,
        default: str | None,
        check: Check,
        *,
        secret: bool,
        multiline: bool,
        options: "Options | None",
    ) -> Value: ...


@dataclass(frozen=True)
class Question:
    """One question of a template, whose settings may still be Jinja."""

    name: str
    type: str = ""
    help: str = ""
    default: Value = MISSING
    choices: Value = ()
    multiselect: bool = False
    when: str | bool = True
    ask: str | bool = True
    validator: str = ""
    secret: bool = False
    multiline: str | bool = False
    placeholder: str = ""


@dataclass(frozen=True)
class Choice:
    """One possible answer; `refusal` says why it cannot be chosen after the other answers."""

    label: str
    value: Value
    refusal: str = ""


@dataclass(frozen=True)
class Options:
    """The choices of a question, for a person who points at them.

    Attributes:
        title: the question, without its choices.
        default: labels.
    """

    title: str
    choices: tuple[Choice, ...]
    default: tuple[str, ...]
    several: bool


@dataclass(frozen=True)
class Answers:
    """
    Attributes:
        values: the answers.
        computed: what the template computes from them.
        secret: names of answers that are never shown.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    computed: Mapping[str, Value] = field(default_factory=dict)
    secret: frozenset[str] = frozenset()

    def text(self, name: str) -> str:
        return str(self.values.get(name, ""))

    def __or__(self, later: "Answers") -> "Answers":
        return Answers(
            {**self.values, **later.values}, {**self.computed, **later.computed}, self.secret | later.secret
        )

    @property
    def context(self) -> dict[str, Value]:
        """What a file of the template can name."""
        return {**self.computed, **self.values}

    @property
    def public(self) -> dict[str, Value]:
        return {name: value for name, value in self.values.items() if name not in self.secret}


def read_questions(config: Mapping[str, Value]) -> tuple[Question, ...]:
    """The questions of a copier.yml, in the order of the file."""
    secret = config.get("_secret_questions") or ()
    return tuple(
        read_question(name, details if isinstance(details, dict) else {"default": details}, secret)
        for name, details in config.items()
        if not name.startswith("_")
    )


def read_question(name: str, details: Mapping[str, Value], secret: Sequence[str] = ()) -> Question:
    known = {key: value for key, value in details.items() if key in Question.__dataclass_fields__}
    question = Question(**{**known, "name": name, "help": str(details.get("help", "")).strip()})
    return replace(
        question,
        type=question.type or type_of(question.default),
        secret=question.secret or name in secret,
    )


def type_of(default: Value) -> str:
    """The type that copier infers for a question without one."""
    name = type(default).__name__
    return name if name in TYPES else "yaml"


COMMON_QUESTIONS: Mapping[str, Mapping[str, Value]] = {
    "project_name": {"type": "str", "help": "Enter the project name"},
    "author": {"type": "str", "help": "Enter the author name"},
    "author_email": {"type": "str", "help": "Enter the author email"},
    "description": {"type": "str", "help": "Enter the project description"},
    PACKAGE_MANAGER: {
        "type": "str",
        "help": "Select package manager",
        "choices": ["pip", "uv", "pdm", "poetry"],
        "default": "uv",
    },
}
"""What a template with `common_questions` asks first; `answering.rules` check the answers."""

FEATURE_VALUES: Mapping[str, Mapping[str, Value]] = {
    "features": {"type": "yaml", "when": False, "default": []},
    "features_readme": {"type": "str", "when": False, "default": ""},
    "features_dependencies": {"type": "yaml", "when": False, "default": []},
    "features_dev_dependencies": {"type": "yaml", "when": False, "default": []},
    **{f"features_{part}": {"type": "yaml", "when": False, "default": {}} for part in PARTS},
}
"""What fastkit computes for a template that offers features."""

PROJECT_NAME = read_question("project_name", COMMON_QUESTIONS["project_name"])
"""Asked first if a template does not ask it, as it names the project's folder."""


def split(questions: Sequence[Question]) -> Iterator[tuple[Question, ...]]:
    """The questions about the project, then the package manager and everything after it."""
    names = [question.name for question in questions]
    middle = names.index(PACKAGE_MANAGER) if PACKAGE_MANAGER in names else len(names)
    yield tuple(questions[:middle])
    yield tuple(questions[middle:])


def option_for(name: str) -> str:
    """The option that answers this question."""
    return f"--{name.replace('_', '-')}" if name in COMMON_QUESTIONS else f"--set {name}=VALUE"
