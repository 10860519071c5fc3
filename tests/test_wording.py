"""How values stand in messages."""

import pytest

from fastkit.wording import did_you_mean, listed, one_line, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("private \ue000 \U00103ddd", r"private \ue000 \U00103ddd"),
        ("unassigned \u0378 \uffff", r"unassigned \u0378 \uffff"),
        ("invisible \u200b\ufeff\u00ad", r"invisible \u200b\ufeff\xad"),
        ("reordered \u202a\u202b\u202c\u202d\u202e", r"reordered \u202a\u202b\u202c\u202d\u202e"),
        ("isolated \u2066\u2067\u2068\u2069", r"isolated \u2066\u2067\u2068\u2069"),
    ],
)
def test_what_a_terminal_does_not_show_is_spelled_out(text: str, shown: str) -> None:
    assert one_line(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d💻",
        "❤\ufe0f",
        "نم\u200cیک",
        "\u200fע\u200e",
        "\u061cع",
        "漢\u3000字",
        "5\u00a0km",
        "\U0001f3f4",
    ],
)
def test_what_emoji_and_any_language_need_is_kept(text: str) -> None:
    assert one_line(text) == text


def test_some_names_are_listed_and_the_rest_is_counted() -> None:
    assert listed(["a", "b"], 2) == "`a`, `b`"
    assert listed(iter("abcd"), 2) == "`a`, `b`, and 2 more"
    assert listed([]) == ""


def test_a_close_name_is_what_was_meant() -> None:
    assert did_you_mean("dcoker", ["kubernetes", "docker"]) == "did you mean `docker`?"
    assert did_you_mean("zzz", ["docker"], "leave it out") == "leave it out"


def test_a_long_text_is_cut_at_the_width() -> None:
    assert (shortened("a" * 60), shortened("a" * 61)) == ("a" * 60, "a" * 59 + "…")
