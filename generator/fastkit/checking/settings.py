"""Settings and keys that copier and fastkit would ignore without a word."""

from collections.abc import Iterable, Iterator, Sequence

from fastkit.catalog.settings import FASTKIT, QUESTION, SETTINGS
from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding, did_you_mean

CHECK = "settings"

UPDATE_MESSAGES = ("_message_after_update", "_message_before_update")


def judge_settings(template: Template) -> Iterator[Finding]:
    known = (*SETTINGS, *UPDATE_MESSAGES)
    settings = [name for name in template.config if name.startswith("_")]
    yield from unknown(template, settings, known, "setting", ())
    yield from unknown(template, template.about, [*FASTKIT], "`_fastkit` setting", ("_fastkit",))
    for name, details in template.config.items():
        if not name.startswith("_") and isinstance(details, dict):
            keys = (*QUESTION, "default")
            yield from unknown(template, details, keys, f"key of the question `{name}`", (name,))


def unknown(
    template: Template, names: Iterable[str], known: Sequence[str], kind: str, above: tuple[str, ...]
) -> Iterator[Finding]:
    for name in map(str, names):
        if name not in known:
            file, line = template.place(*above, name)
            hint = did_you_mean(name, known, f"remove it; there are {', '.join(known)}")
            yield Finding(CHECK, f"`{name}` is an unknown {kind}, which is ignored", hint, file, line)
