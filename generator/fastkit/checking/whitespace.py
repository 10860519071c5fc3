"""Check: no spaces or line endings that an editor or a formatter would change."""

import re
from collections.abc import Iterator

from fastkit.catalog.template import Template
from fastkit.checking.finding import File, Finding

CHECK = "whitespace"

WINDOWS_SCRIPTS = (".bat", ".cmd", ".ps1")

TRAILING = re.compile(r"[ \t]$", re.MULTILINE)

TRAILING_IN_MARKDOWN = re.compile(r"(?<!\S {2})(?<=[ \t])$", re.MULTILINE)
"""Two spaces after a word are a line break."""


def check_whitespace(template: Template, file: File) -> Iterator[Finding]:
    text = file.text
    if not text:
        return
    if "\r" in text and not file.path.endswith(WINDOWS_SCRIPTS):
        yield file.finding(
            CHECK, "Windows line ending", "save it with LF as line ending", line_at(text, "\r")
        )
        return
    pattern = TRAILING_IN_MARKDOWN if file.path.endswith(".md") else TRAILING
    if trailing := pattern.search(text):
        hint = "remove it; in Jinja, `-%}` and `{%-` remove whitespace"
        yield file.finding(CHECK, "trailing whitespace", hint, text.count("\n", 0, trailing.start()) + 1)
    last = text.count("\n") + 1
    if not text.endswith("\n"):
        yield file.finding(CHECK, "no newline at the end of the file", "add one", last)
    elif text.endswith("\n\n"):
        yield file.finding(CHECK, "empty lines at the end of the file", "remove them", last - 1)


def line_at(text: str, part: str) -> int:
    return text.count("\n", 0, text.index(part)) + 1
