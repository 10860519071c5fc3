"""All that a check has found out about one template."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastkit.catalog import Template
from fastkit.checking.check import Advance, check
from fastkit.checking.finding import Finding, of_error
from fastkit.checking.running import Ran, run_projects
from fastkit.errors import TemplateError
from fastkit.progress import Progress
from fastkit.questions import Value


@dataclass(frozen=True)
class Report:
    """
    Attributes:
        projects: how many were rendered and judged.
        ran: those that were also installed and run.
    """

    name: str
    folder: str
    findings: tuple[Finding, ...]
    projects: int = 0
    ran: tuple[Ran, ...] = ()

    @classmethod
    def of_error(cls, name: str, error: TemplateError) -> "Report":
        """A template that cannot be read at all."""
        return cls(name, "", (of_error("template", error, error.template),))


def make_report(
    template: Template,
    given: Mapping[str, Value],
    *,
    trust: bool,
    advance: Advance,
    progress: Progress | None,
) -> Report:
    """
    Args:
        progress: shows each project that is run; without it, none is.

    Raises:
        FastkitError: no project can be run here.
    """
    result = check(template, given, trust=trust, advance=advance)
    ran, failed = run_projects(result, progress) if progress else ([], [])
    findings = (*result.findings, *failed)
    return Report(template.name, str(template.folder), findings, len(result.trees), tuple(ran))
