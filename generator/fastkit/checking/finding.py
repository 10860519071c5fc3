"""A finding of `template check`, and the files that it is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fastkit.catalog.features import Feature
from fastkit.errors import TemplateError


@dataclass(frozen=True)
class Finding:
    """One fault of a template.

    Attributes:
        check: the kind of check that found it.
        hint: how to fix it.
        file: path from the template's folder, if known.
        line: counted from 1, if known.
        answers: the answers for which it occurs; empty if it always does.
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
    """The finding that JSON holds."""
    return Finding(**{**data, "answers": tuple(data["answers"]), "output": tuple(data["output"])})


def of_error(check: str, error: TemplateError, template: str) -> Finding:
    """An error of fastkit, at its place in the template or in one of the template's features."""
    file = error.file or ""
    if error.template != template:
        file = f"{error.template.removeprefix(f'{template}/')}/{file}"
    return Finding(check, error.problem, error.hint, file, error.line)


def merged(findings: Iterable[Finding], cases: int) -> list[Finding]:
    """Each finding once, with its answers; without any if it occurs in all of the `cases`."""
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
    """A file of a rendered project, and the file of the template that it comes from, if known."""

    path: str
    content: bytes = field(repr=False)
    source: Source | None = None

    @property
    def text(self) -> str | None:
        """Its text; None for a binary file."""
        try:
            text = self.content.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return None if "\0" in text else text

    @property
    def is_rendered(self) -> bool:
        return self.source is None or self.source.is_template

    def finding(self, check: str, message: str, hint: str, line: int | None = None) -> Finding:
        """The message names the line if the file is rendered, as the template has other lines."""
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
    """

    case: str
    features: tuple[Feature, ...]
    files: Mapping[str, File]
