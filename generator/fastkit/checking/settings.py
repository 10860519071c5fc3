"""Check: no setting or key of copier.yml is unknown, which would be silently ignored."""

from collections.abc import Iterable, Iterator

from fastkit.catalog.settings import FASTKIT, QUESTION, SETTINGS
from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding
from fastkit.wording import did_you_mean

KNOWN_SETTINGS = (*SETTINGS, "_message_after_update", "_message_before_update")


def check_settings(template: Template) -> Iterator[Finding]:
    settings = [name for name in template.config if name.startswith("_")]
    yield from unknown(template, settings, KNOWN_SETTINGS, "setting")
    yield from unknown(template, template.about, FASTKIT, "`_fastkit` setting", "_fastkit")
    for name, details in template.config.items():
        if not name.startswith("_") and isinstance(details, dict):
            yield from unknown(
                template, details, (*QUESTION, "default"), f"key of the question `{name}`", name
            )


def unknown(
    template: Template, names: Iterable[str], known: Iterable[str], kind: str, *above: str
) -> Iterator[Finding]:
    known = [*known]
    for name in map(str, names):
        if name not in known:
            hint = did_you_mean(name, known, f"remove it; there are {', '.join(known)}")
            problem = f"`{name}` is an unknown {kind}, which is ignored"
            yield Finding("settings", problem, hint, *template.place(*above, name))
