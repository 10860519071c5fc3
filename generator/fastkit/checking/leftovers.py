"""Check: no Jinja is left in a project."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastkit.catalog.template import Template
from fastkit.checking.finding import File, Finding
from fastkit.checking.variables import known_names

CHECK = "left-over"

HINT_COPIED = "add the suffix of rendered files to the file's name, or move the value to a file that has it"
HINT_RENDERED = "write it between `{% raw %}` and `{% endraw %}` if the project needs it"


def check_leftovers(template: Template, file: File) -> Iterator[Finding]:
    """A copied file may have braces of its own, so only the template's names count in it."""
    if file.text is None or (file.is_rendered and is_meant(file)):
        return
    names = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, sorted(known_names(template))))})(?!\w)")
    for found in tag_pattern(template.envops).finditer(file.text):
        if file.is_rendered or names.search(found.group()):
            line = file.text.count("\n", 0, found.start()) + 1
            hint = HINT_RENDERED if file.is_rendered else HINT_COPIED
            yield file.finding(CHECK, f"contains `{found.group()}`", hint, line)


def tag_pattern(envops: Mapping[str, Any]) -> re.Pattern[str]:
    """A tag in one line, other than `${{`, which begins an expression of GitHub Actions.

    It holds no second start, so that a line of nothing but starts takes no more time than any other.
    """
    pairs = [
        (envops.get(f"{kind}_start_string", start), envops.get(f"{kind}_end_string", end))
        for kind, start, end in (("variable", "{{", "}}"), ("block", "{%", "%}"), ("comment", "{#", "#}"))
    ]
    escaped = [(re.escape(start), re.escape(end)) for start, end in pairs]
    return re.compile("|".join(rf"(?<!\$){start}(?:(?!{start})[^\n])*?{end}" for start, end in escaped))


def is_meant(file: File) -> bool:
    """Whether the template's own file writes tags as text."""
    text = file.source.text if file.source else None
    return bool(text and re.search(r"\braw\b|[\"'](\{\{|\{%|\{#)", text))
