"""Code that a template would run on the machine of whoever uses it."""

from collections.abc import Iterator

from fastkit.catalog.code import RUNS_CODE
from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding

HINT = "do without it, or check the template with --trust, as its users will have to use it"


def judge_trust(template: Template) -> Iterator[Finding]:
    for setting, what in RUNS_CODE.items():
        if template.config.get(setting):
            file, line = template.place(setting)
            yield Finding("trust", f"`{setting}` runs code ({what})", HINT, file, line)
