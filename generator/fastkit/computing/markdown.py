"""The filter `markdown`: escapes a line of text so that Markdown shows it as it was typed."""

import re

ESCAPES = (
    (r"([\\`*[~])", r"\\\1"),
    (r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_"),
    (r"<(?=[A-Za-z/!?])", r"\\<"),
    (r"&(?=#?\w+;)", r"\\&"),
    (r"^([#+=>-])", r"\\\1"),
    (r"^(\d+)([.)])", r"\1\\\2"),
    (r"^ | $", "&#32;"),
)
"""Patterns of what Markdown would interpret, with what takes its place; plain prose stays as it is."""


def markdown(value: object) -> str:
    text = str(value)  # which raises where a strict environment has no value
    for pattern, replacement in ESCAPES:
        text = re.sub(pattern, replacement, text)
    return text
