"""Check: a template runs no code on the machine of whoever uses it."""

from collections.abc import Iterator

from fastkit.catalog.code import RUNS_CODE
from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding

HINT = "remove it, or check the template with --trust, which its users will need, too"


def check_trust(template: Template) -> Iterator[Finding]:
    for setting, kind in RUNS_CODE.items():
        if template.config.get(setting):
            yield Finding("trust", f"`{setting}` runs code ({kind})", HINT, *template.place(setting))
