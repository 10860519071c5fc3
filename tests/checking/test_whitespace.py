"""Spaces and line endings that an editor would change."""

import pytest

from fastkit.catalog.template import Template
from fastkit.checking.whitespace import check_whitespace
from tests.support.good_template import copied


@pytest.mark.parametrize(
    ("path", "content", "line", "message"),
    [
        ("x.txt", "a\r\nb\r\n", 1, "Windows line ending"),
        ("x.txt", "a\nb \n", 2, "trailing whitespace"),
        ("x.txt", "a\n\t\nb\n", 2, "trailing whitespace"),
        ("x.txt", "a\nb\n ", 3, "trailing whitespace"),
        ("x.md", "one \ntwo\n", 1, "trailing whitespace"),
        ("x.md", "one\n  \ntwo\n", 2, "trailing whitespace"),
        ("x.txt", "a\nb", 2, "no newline at the end of the file"),
        ("x.txt", "a\n\n", 2, "empty lines at the end of the file"),
    ],
)
def test_whitespace_is_reported_with_its_line(
    path: str, content: str, line: int, message: str, template: Template
) -> None:
    found = [*check_whitespace(template, copied(path, content))]
    assert (found[0].line, found[0].message) == (line, message)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("x.md", "one  \ntwo\n"),
        ("x.bat", "rem\r\n"),
        ("x.png", b"\x89PNG\r\n\x1a\n\0"),
        ("empty.txt", ""),
    ],
)
def test_whitespace_with_a_meaning_is_accepted(path: str, content: str | bytes, template: Template) -> None:
    assert [*check_whitespace(template, copied(path, content))] == []
