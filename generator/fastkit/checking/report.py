"""All that a check has found out about one template."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastkit.catalog.template import Template
from fastkit.checking.check import Result
from fastkit.checking.finding import Finding, of_error
from fastkit.checking.metadata import notes_on
from fastkit.checking.running import Ran
from fastkit.errors import TemplateError


@dataclass(frozen=True)
class Report:
    """
    Attributes:
        notes: what is no fault.
        projects: how many were rendered and judged.
        ran: those that were also installed and run.
    """

    name: str
    folder: str
    findings: tuple[Finding, ...]
    projects: int = 0
    ran: tuple[Ran, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of_error(cls, name: str, error: TemplateError) -> "Report":
        """A template that cannot be read at all."""
        return cls(name, "", (of_error("template", error, error.template),))


def make_report(
    template: Template, result: Result, ran: Sequence[Ran] = (), failed: Sequence[Finding] = ()
) -> Report:
    findings = (*result.findings, *failed)
    notes = notes_on(template) if result.trees else ()
    return Report(template.name, str(template.folder), findings, len(result.trees), tuple(ran), notes)
