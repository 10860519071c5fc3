"""The filter `markdown`: a text reads in Markdown as it was typed."""

import pytest

from fastkit.computing.jinja import environment
from fastkit.computing.markdown import markdown


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("A shop, for Ada & Bo (v1.2)", "A shop, for Ada & Bo (v1.2)"),
        ("snake_case", "snake_case"),
        ("*a* `b` [c] ~d~", r"\*a\* \`b\` \[c] \~d\~"),
        ("_a_", r"\_a\_"),
        ("a < b <c>", r"a < b \<c>"),
        ("&amp; & &#38;", r"\&amp; & \&#38;"),
        ("# title", r"\# title"),
        ("- item", r"\- item"),
        ("1. first", r"1\. first"),
        (" a ", "&#32;a&#32;"),
        ("\\", r"\\"),
    ],
)
def test_markup_is_escaped_and_prose_is_not(text: str, escaped: str) -> None:
    assert markdown(text) == escaped


def test_a_template_can_do_without_the_filter() -> None:
    text = "{{ x | markdown if 'markdown' is filter else x }}"
    jinja = environment({"undefined": "jinja2.StrictUndefined"})
    assert jinja.from_string(text).render(x="*") == r"\*"
    plain = jinja.overlay()
    plain.filters = {name: value for name, value in jinja.filters.items() if name != "markdown"}
    assert plain.from_string(text).render(x="*") == "*"
