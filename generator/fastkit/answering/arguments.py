"""Answers from the command line: `--set`, `--answers` and the options."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from fastkit.catalog.questions import PACKAGE_MANAGER, Question, Value
from fastkit.computing.documents import parse_json_or_yaml
from fastkit.computing.safe_yaml import LARGEST, DocumentError
from fastkit.errors import UnknownName, UsageError


def given_answers(
    file: Path | None, assignments: Sequence[str], flags: Mapping[str, str | None]
) -> dict[str, Value]:
    """The answers of a call: flags win over --set, which wins over --answers."""
    given = read_answers(file) if file else {}
    given |= read_assignments(assignments)
    return given | {name: value for name, value in flags.items() if value is not None}


def read_assignments(assignments: Sequence[str]) -> dict[str, Value]:
    """The answers of `--set KEY=VALUE`."""
    given = {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals or not key:
            raise UsageError(
                f"`--set {assignment}` is not KEY=VALUE", "write it like `--set database=sqlite`"
            )
        given[key] = value
    return given


def read_answers(file: Path) -> dict[str, Value]:
    """
    Raises:
        UsageError: the file cannot be read, or does not hold answers.
    """
    try:
        with file.open("rb") as stream:
            answers = parse_json_or_yaml(stream.read(LARGEST + 1))
    except DocumentError as error:
        line = f", line {error.line}," if error.line else ""
        raise UsageError(f"`{file}`{line} {error.problem}", "write one `question: answer` a line") from None
    except OSError as error:
        raise UsageError(
            f"cannot read `{file}`: {error.strerror}", "pass a YAML or JSON file as --answers"
        ) from None
    if not isinstance(answers, dict):
        raise UsageError(f"`{file}` must be a mapping", "write one `question: answer` a line")
    return {str(name): value for name, value in answers.items()}


def check_known(template: str, questions: Sequence[Question], given: Mapping[str, Value]) -> None:
    """Refuse answers to questions that the template does not ask; a package manager is always accepted."""
    names = [question.name for question in questions if question.when is not False]
    for name in given:
        if name not in names and name != PACKAGE_MANAGER:
            asked = ", ".join(f"`{name}`" for name in names)
            raise UnknownName(f"question in `{template}` called", name, names, f"it asks {asked}")
