"""What fastkit demands of names, texts and email addresses."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fastkit.answering.rules import Rule, check_email, check_project_name, check_text, common_rules
from fastkit.distributions import normalized
from fastkit.errors import InvalidAnswer
from fastkit.machine.names import folder_name

NAME_FORM = "must be ASCII letters, digits, `-`, `_` and `.`, with a letter or digit at both ends"
NO_EMAIL = "is not an email address like `name@example.com`"
DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?", re.IGNORECASE)

near_names = st.text("aZ0-_. CONcon1prnauxß٣/\\\n", max_size=70) | st.text(max_size=70)


def outcome(rule: Rule, text: str) -> str | InvalidAnswer:
    """What a rule makes of a text, or why it refuses it."""
    try:
        return rule(text)
    except InvalidAnswer as refusal:
        return refusal


# Project names.


@pytest.mark.parametrize(
    "name", ["a", "7", "my-project", "My_Project.2", "A" * 64, "console", "com10", "aux-1"]
)
def test_a_good_name_is_taken_as_it_is(name: str) -> None:
    assert check_project_name(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is empty"),
        ("a" * 65, "has 65 characters, 64 at most"),
        ("my project", NAME_FORM),
        (" demo", NAME_FORM),
        ("demo\n", NAME_FORM),
        ("-demo", NAME_FORM),
        ("demo.", NAME_FORM),
        ("..", NAME_FORM),
        ("../demo", NAME_FORM),
        ("a/b", NAME_FORM),
        ("a\\b", NAME_FORM),
        ("straße", NAME_FORM),
        ("pro\u212aect", NAME_FORM),  # KELVIN SIGN, which equals k where case is ignored
        ("demo٣", NAME_FORM),
        ("a\0b", NAME_FORM),
        ("CON", "cannot be `CON`: Windows reserves it for a device"),
        ("nul.txt", "cannot be `nul.txt`: Windows reserves it for a device"),
        ("lpt0", "cannot be `lpt0`: Windows reserves it for a device"),
    ],
)
def test_a_bad_name_is_refused_with_its_reason(name: str, reason: str) -> None:
    with pytest.raises(InvalidAnswer) as refusal:
        check_project_name(name)
    assert refusal.value.reason == reason
    assert refusal.value.message == f"`project_name` {reason}"


@pytest.mark.parametrize(
    "name", ["fastapi", "FastAPI", "pydantic-settings", "Pydantic_Settings", "pydantic..settings"]
)
def test_a_name_that_the_project_depends_on_is_refused_in_any_spelling(name: str) -> None:
    with pytest.raises(InvalidAnswer, match="the project depends on a package of that name"):
        check_project_name(name, frozenset({"fastapi", "pydantic-settings"}))


@given(near_names)
@example("con.x.y")
def test_any_name_is_a_distribution_and_a_folder_everywhere_or_is_refused(name: str) -> None:
    accepted = outcome(check_project_name, name)
    if isinstance(accepted, InvalidAnswer):
        assert accepted.message.startswith("`project_name` ")
        return
    assert accepted == name
    assert Requirement(name).name == name
    assert canonicalize_name(name, validate=True) == normalized(name)
    assert 1 <= len(name) <= 64
    assert not DEVICES.fullmatch(name)
    assert name not in {".", ".."}
    assert not set(name) & set('/\\:*?"<>| ')


@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", fullmatch=True))
def test_no_good_name_is_refused(name: str) -> None:
    if not DEVICES.fullmatch(name):
        assert check_project_name(name) == name


# One line of text.


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lovelace",
        'O\'Brien "Bo" \\ {{ braces }} {% raw %} $HOME `x` #',
        "Zoë Müller-Łukasiewicz",
        "👩‍👩‍👧‍👦 family",  # joined by ZWJ, which is a format character
        "🏳️‍🌈",
        "שלום עולם",
        "‏مرحبا‏",  # with right-to-left marks
        "می‌خواهم",  # with a zero-width non-joiner
        "日本語",
        "\U000e0067",  # a tag character, as flags have
        "\ufdcf\ufdf0",  # beside noncharacters
        "a" * 1000,
    ],
)
def test_printable_text_is_taken_unchanged(text: str) -> None:
    assert check_text("author", text) == text


def test_space_around_a_text_goes() -> None:
    assert check_text("author", "\t Ada  Lovelace \n\u2003") == "Ada  Lovelace"


@pytest.mark.parametrize("text", ["", " ", "\t\n", "\u2003\u00a0"])
def test_a_text_of_nothing_but_space_is_refused(text: str) -> None:
    with pytest.raises(InvalidAnswer) as refusal:
        check_text("author", text)
    assert refusal.value.message == "`author` is empty"


def test_a_text_beyond_a_thousand_characters_is_refused() -> None:
    with pytest.raises(InvalidAnswer) as refusal:
        check_text("description", "a" * 1001)
    assert refusal.value.message == "`description` has 1001 characters, 1000 at most"


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\0", "U+0000"),
        ("\n", "U+000A"),
        ("\r", "U+000D"),
        ("\x1b", "U+001B"),
        ("\x7f", "U+007F"),
        ("\x85", "U+0085"),
        ("\u2028", "U+2028"),
        ("\u2029", "U+2029"),
        ("\ud800", "U+D800"),
        ("\udcff", "U+DCFF"),
        ("\ufdd0", "U+FDD0"),
        ("\ufdef", "U+FDEF"),
        ("\ufffe", "U+FFFE"),
        ("\uffff", "U+FFFF"),
        ("\U0001ffff", "U+1FFFF"),
        ("\U0010fffe", "U+10FFFE"),
    ],
)
def test_an_unprintable_character_is_refused_by_its_number(character: str, code: str) -> None:
    with pytest.raises(InvalidAnswer) as refusal:
        check_text("author", f"a{character}b")
    assert refusal.value.message == f"`author` contains the unprintable character {code}"


@given(st.text(st.characters(), max_size=40))
def test_any_text_is_one_line_of_utf_8_or_is_refused(text: str) -> None:
    accepted = outcome(common_rules(frozenset())["author"], text)
    if isinstance(accepted, InvalidAnswer):
        assert accepted.message.startswith("`author` ")
        assert accepted.message.isprintable()
        return
    assert accepted == text.strip() != ""
    assert accepted.encode().decode() == accepted
    assert accepted.splitlines() == [accepted]
    assert not {"Cc", "Cs"} & {unicodedata.category(character) for character in accepted}


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), min_size=1, max_size=40))
def test_no_text_of_letters_marks_digits_and_signs_is_refused(text: str) -> None:
    if text.strip():
        assert check_text("author", text) == text.strip()


# Email addresses.


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("shop", "shop"),
        ("My_Shop-1.0", "My_Shop-1.0"),
        ("My Package", "my-package"),
        ("FastAPI Project", "fastapi-project"),
        ("@acme/shop", "acme-shop"),
        ("../up", "up"),
        ("  Zo\u0065\u0308's (new) shop! ", "zo\u00eb-s-new-shop"),
        ("店", "店"),
        ("...", ""),
        ("!?", ""),
        ("", ""),
        ("con", ""),
        ("NUL.txt", ""),
        ("a\x00b\nc", "a-b-c"),
    ],
)
def test_a_folder_has_the_projects_name_or_the_words_of_it(name: str, folder: str) -> None:
    assert folder_name(name) == folder


@given(st.text(st.characters(), max_size=40))
def test_any_name_gives_the_name_of_a_folder_or_none(text: str) -> None:
    folder = folder_name(text)
    assert folder == "" or (folder not in (".", "..") and not {*folder} & {*'/\\:*?"<>| \0\n'})


@pytest.mark.parametrize(
    "email",
    [
        "ada@example.com",
        "first.last+tag@sub.example.co.uk",
        "o'brien@example.ie",
        "1@2.io",
        "x@xn--bcher-kva.example",
    ],
)
def test_a_good_email_is_taken_as_it_is(email: str) -> None:
    assert check_email(f" {email}\n") == email


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@@example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@example-.com",
        ".ada@example.com",
        "ada.@example.com",
        "a..b@example.com",
        "ada lovelace@example.com",
        "ada@exam ple.com",
        "ada@example.com\nBcc: all@example.com",
        "Ada <ada@example.com>",
        '"ada"@example.com',
        "ada@[127.0.0.1]",
        "ada@bücher.example",
        f"ada@{'a' * 64}.com",
        f"{'a' * 250}@example.com",
    ],
)
def test_a_bad_email_is_refused(email: str) -> None:
    with pytest.raises(InvalidAnswer) as refusal:
        check_email(email)
    assert refusal.value.message == f"`author_email` {NO_EMAIL}"


@given(st.emails() | st.text("a.@-é \n<>\"'", max_size=20) | st.text(max_size=30))
def test_any_email_is_ascii_in_one_piece_or_is_refused(email: str) -> None:
    accepted = outcome(check_email, email)
    if isinstance(accepted, InvalidAnswer):
        assert accepted.reason == NO_EMAIL
        return
    local, at, domain = accepted.partition("@")
    assert at
    assert local
    assert "." in domain
    assert accepted.isascii()
    assert not set(accepted) & set('\r\n\t <>"\\,;:')


# The rules by question.


def test_the_common_rules_bind_the_four_questions_that_templates_share() -> None:
    rules = common_rules(frozenset({"fastapi"}))
    assert set(rules) == {"project_name", "author", "author_email", "description"}
    assert rules["author"](" Ada ") == "Ada"
    for name, bad in {
        "project_name": "fastapi",
        "author": "",
        "author_email": "x",
        "description": "\0",
    }.items():
        with pytest.raises(InvalidAnswer, match=f"^`{name}` "):
            rules[name](bad)


def test_an_email_address_has_254_characters_at_most() -> None:
    longest = f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 61}"
    assert check_email(longest) == longest
    with pytest.raises(InvalidAnswer):
        check_email(f"{longest}d")
