"""Jinja that reached a project."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fastkit.catalog.template import Template
from fastkit.checking.finding import File, Finding
from fastkit.checking.variables import known_names

HINT_COPIED = "give the file's name the suffix of rendered files, or write the value in one that has it"
HINT_RENDERED = "write it within `{% raw %}` and `{% endraw %}` where the project needs it"


def judge_leftovers(template: Template) -> Callable[[File], Iterator[Finding]]:
    """A copied file may hold braces of its own, so in it only names of the template count."""
    tag = tag_of(template.envops)
    names = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, sorted(known_names(template))))})(?!\w)")

    def judge(file: File) -> Iterator[Finding]:
        if file.text is None:
            return
        for found in tag.finditer(file.text):
            line = file.text[: found.start()].count("\n") + 1
            if file.is_rendered and not means_it(file):
                yield file.finding("left-over", f"holds `{found.group()}`", HINT_RENDERED, line)
            elif not file.is_rendered and names.search(found.group()):
                yield file.finding("left-over", f"holds `{found.group()}`", HINT_COPIED, line)

    return judge


def tag_of(envops: Mapping[str, Any]) -> re.Pattern[str]:
    """A tag in one line, but for `${{`, which is an expression of GitHub's."""
    own = [
        (envops.get(f"{kind}_start_string", start), envops.get(f"{kind}_end_string", end))
        for kind, start, end in (("variable", "{{", "}}"), ("block", "{%", "%}"), ("comment", "{#", "#}"))
    ]
    return re.compile("|".join(rf"(?<!\$){re.escape(start)}[^\n]*?{re.escape(end)}" for start, end in own))


def means_it(file: File) -> bool:
    """Whether the template's own file spells tags out as text."""
    text = file.source.text if file.source else None
    return bool(text and re.search(r"\braw\b|[\"'](\{\{|\{%|\{#)", text))
