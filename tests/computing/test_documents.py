"""Values as text, JSON and TOML, and lookups in nested values."""

import json
from datetime import date

import pytest

from fastkit.computing.documents import (
    as_json,
    as_text,
    found_at,
    list_at,
    parse_json_or_yaml,
    parse_toml,
    table_at,
)
from fastkit.computing.safe_yaml import DocumentError, parse


def test_json_is_read_as_json_writes_it() -> None:
    data = json.dumps({"a": "\U0001f98a", "b": 1e20, "c": [None]}).encode()
    assert parse_json_or_yaml(data) == {"a": "\U0001f98a", "b": 1e20, "c": [None]}
    assert parse_json_or_yaml(b"a: 1\n") == {"a": 1}


@pytest.mark.parametrize("text", ["[" * 3000 + "]" * 3000, '"\\ud800"', "9" * 5000, "\xff", "{"])
def test_json_that_no_file_could_hold_is_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        parse_json_or_yaml(text.encode("latin-1"))


@pytest.mark.parametrize(
    "text", ["a = ", f"a = {'[' * 3000}{']' * 3000}", f"a = {'9' * 5000}", "a = 2026-99-99"]
)
def test_invalid_toml_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match=r"^is not TOML: "):
        parse_toml(text)


@pytest.mark.parametrize("value", [None, 5, "text", [1], {"a": 5}, {"a": None}, {"a": {"b": "text"}}])
def test_a_table_or_a_list_that_is_not_there_is_empty(value: object) -> None:
    assert (table_at(value, "a", "b"), list_at(value, "a", "b"), found_at(value, "a", "c")) == ({}, [], None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ({"a": [1, True]}, '{"a": [1, true]}'),
        (date(2024, 1, 2), "2024-01-02"),
        ({"a": date(2024, 1, 2)}, "{a: 2024-01-02}"),
        ({1: "a", None: "b", date(2024, 1, 2): "c"}, "{1: a, null: b, 2024-01-02: c}"),
        (1e20, "1.0e+20"),
        ([float("inf")], "[.inf]"),
        ({"a"}, "!!set {a: null}"),
        (b"hi", '!!binary "aGk=\\n"'),
    ],
    ids=str,
)
def test_a_value_is_one_line_that_is_read_as_that_value(value: object, text: str) -> None:
    assert as_text(value) == text
    assert parse(text) == value


def test_what_json_lacks_is_text_in_it() -> None:
    value = {1: float("nan"), "a": [date(2024, 1, 2), {b"x"}], date(2024, 1, 2): (1, None)}
    assert json.loads(json.dumps(as_json(value), allow_nan=False)) == {
        "1": "nan",
        "a": ["2024-01-02", ["b'x'"]],
        "2024-01-02": [1, None],
    }
