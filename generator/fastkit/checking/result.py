"""What a check has found out about one template."""

from dataclasses import dataclass
from typing import NamedTuple

from fastkit.checking.finding import Finding, Tree, of_error
from fastkit.checking.matrix import Case
from fastkit.errors import TemplateError


class Ran(NamedTuple):
    """A project that was installed, and the tools that checked it."""

    case: str
    tools: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """
    Attributes:
        cases: the projects that were tried, with those that could not be rendered.
        trees: the projects that were rendered and checked.
        ran: the projects that were also installed.
        notes: remarks that are not faults.
    """

    template: str
    folder: str
    findings: tuple[Finding, ...]
    cases: tuple[Case, ...] = ()
    trees: tuple[Tree, ...] = ()
    ran: tuple[Ran, ...] = ()
    notes: tuple[str, ...] = ()


def unreadable(name: str, error: TemplateError) -> Result:
    """The result for a template that cannot be read at all."""
    return Result(name, "", (of_error("template", error, error.template),))
