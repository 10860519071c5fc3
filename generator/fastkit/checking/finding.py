"""What a check has to say, and what it looks at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fastkit.errors import TemplateError


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a template.

    Attributes:
        check: which kind of check found it.
        hint: what to do about it.
        file: path from the template's folder, where known.
        line: counted from 1, where known.
        answers: for which answers it occurred; empty where it always does.
        output: the last lines of a program that failed.
    """

    check: str
    message: str
    hint: str
    file: str = ""
    line: int | None = None
    answers: tuple[str, ...] = ()
    output: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}" if self.file and self.line else self.file


def as_finding(data: Mapping[str, Any]) -> Finding:
    """A finding that came as JSON holds it."""
    return Finding(**{**data, "answers": tuple(data["answers"]), "output": tuple(data["output"])})


def of_error(check: str, error: TemplateError, template: str) -> Finding:
    """What stopped fastkit, at its place in the template or in a part of it."""
    file = error.file or ""
    if error.template != template:
        file = f"{error.template.removeprefix(f'{template}/')}/{file}"
    return Finding(check, error.problem, error.hint, file, error.line)


def collapsed(findings: Iterable[Finding], cases: int) -> list[Finding]:
    """Each finding once, with all of its answers; with none where it occurred for every one of `cases`."""
    answers: dict[Finding, list[str]] = {}
    for finding in findings:
        answers.setdefault(replace(finding, answers=()), []).extend(finding.answers)
    found = [
        replace(finding, answers=() if len(set(names)) == cases else tuple(dict.fromkeys(names)))
        for finding, names in answers.items()
    ]
    return sorted(found, key=lambda finding: (finding.file, finding.line or 0, finding.message))


@dataclass(frozen=True)
class Source:
    """A file of the template.

    Attributes:
        shown: its path from the template's folder.
        is_template: whether its content is rendered, not copied.
    """

    shown: str
    is_template: bool
    text: str | None = field(repr=False)


@dataclass(frozen=True)
class File:
    """A file of a rendered project; None as source where it is not known from which file it came."""

    path: str
    content: bytes = field(repr=False)
    source: Source | None = None

    @property
    def text(self) -> str | None:
        """None where it is not text."""
        try:
            text = self.content.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return None if "\0" in text else text

    @property
    def is_rendered(self) -> bool:
        return self.source is None or self.source.is_template

    def finding(self, check: str, message: str, hint: str, line: int | None = None) -> Finding:
        """A line of a rendered file is none of the template, so it is told with the message."""
        shown = self.source.shown if self.source else ""
        if self.is_rendered and (line or not shown):
            where = f"`{self.path}`, line {line}" if line else f"`{self.path}`"
            return Finding(check, f"{where} as rendered: {message}", hint, shown)
        return Finding(check, message, hint, shown, line)


@dataclass(frozen=True)
class Tree:
    """A rendered project.

    Attributes:
        case: the answers that it was rendered with, in words.
        features: the features that it has.
    """

    case: str
    features: tuple[str, ...]
    files: Mapping[str, File]


def did_you_mean(name: str, known: Sequence[str], otherwise: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    return f"did you mean `{close[0]}`?" if close else otherwise
