"""Blanks and line ends that an editor or a formatter would take away again."""

import re
from collections.abc import Iterator

from fastkit.checking.finding import File, Finding

CHECK = "whitespace"

WINDOWS_SCRIPTS = (".bat", ".cmd", ".ps1")

HARD_BREAK = re.compile(r"\S {2}$")
"""In Markdown two blanks at the end of a line break it."""


def judge_whitespace(file: File) -> Iterator[Finding]:
    text = file.text
    if not text:
        return
    if "\r" in text and not file.path.endswith(WINDOWS_SCRIPTS):
        line = text[: text.index("\r")].count("\n") + 1
        yield file.finding(CHECK, "a line ends as on Windows", "save it with LF as line ends", line)
        return
    if (blank := line_with_blanks(file.path, text)) is not None:
        hint = "remove them; in Jinja, `-%}` and `{%-` take blanks away"
        yield file.finding(CHECK, "blanks at the end of a line", hint, blank)
    last = text.count("\n") + 1
    if not text.endswith("\n"):
        yield file.finding(CHECK, "the last line has no end", "end it with a line break", last)
    elif text.endswith("\n\n"):
        yield file.finding(CHECK, "empty lines at the end", "remove them", last - 1)


def line_with_blanks(path: str, text: str) -> int | None:
    for number, line in enumerate(text.split("\n"), 1):
        if line[-1:] in (" ", "\t") and not (path.endswith(".md") and HARD_BREAK.search(line)):
            return number
    return None
