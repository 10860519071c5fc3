"""YAML that somebody else wrote, within bounds."""

import json
import time
from datetime import date

import pytest

from fastkit.computing import documents
from fastkit.computing.documents import (
    DEEPEST,
    LARGEST,
    DocumentError,
    as_json,
    as_text,
    check_bounds,
    found_at,
    list_at,
    parse,
    parse_json_or_yaml,
    parse_toml,
    table_at,
)


def laughs(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


def test_a_document_is_parsed_to_plain_values() -> None:
    assert parse("a: [1, ~, x]\nb: {c: 1.5}") == {"a": [1, None, "x"], "b": {"c": 1.5}}
    assert parse("") is None
    assert parse("&x [1]") == [1]


def test_an_alias_repeats_a_value() -> None:
    assert parse("a: &a [1]\nb: *a\nc: {<<: {d: 1}}") == {"a": [1], "b": [1], "c": {"d": 1}}
    assert parse(laughs(4))["a3"][0][0][0] == ["x"] * 10


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        (laughs(9), "holds more than 50,000 values", 5),
        ("a: &a [*a]", "`*a` contains itself", 1),
        ("a: &a\n  b: *a", "`*a` contains itself", 2),
        ("\n" + "[" * 51 + "]" * 51, f"nests deeper than {DEEPEST} levels", 2),
        ("{a: " * 51 + "}" * 51, f"nests deeper than {DEEPEST} levels", 1),
        ("\n" + "[" * 100_000, "", 2),  # PyYAML may refuse it first, in its own words
        (f"a: {'x' * LARGEST}", "has more than 1,000,000 bytes", None),
        ("a: 1\nb: ]", "is not YAML: ", 2),
        ("a: 1\n---\nb: 2", "is not YAML: several documents", None),
        ("a: !!python/name:os.system x", "is not YAML: ", 1),
        ("a: 1\nb: 2026-99-99", "holds `2026-99-99`, which is not a valid timestamp", 2),
        ("!!bool maybe", "holds `maybe`, which is not a valid bool", 1),
        ('[!!int ""]', "holds ``, which is not a valid int", 1),
        ("a: {b: !!float x}", "holds `x`, which is not a valid float", 1),
        ("? !!timestamp x", "holds `x`, which is not a valid timestamp", 1),
        ("2026-01-01 00:00:00 +99:00", "holds `2026-01-01 00:00:00 +99:00`, which is not a valid", 1),
        (f"0x{'f' * 5000}", "holds a number that is too large", 1),
        ("9" * 5000, f"holds `{'9' * 59}…`, which is not a valid int", 1),
        ("a: 1" + ":1" * 400_000, "holds a number that is too large", 1),
        ("a: \0", "is not YAML: ", None),
        ("\ud800", "is not YAML: ", None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_yaml_or_too_much_of_it_is_refused_at_once(
    text: str, problem: str, line: int | None
) -> None:
    began = time.process_time()
    with pytest.raises(DocumentError) as error:
        parse(text)
    assert error.value.problem.startswith(problem)
    assert error.value.line == line
    assert time.process_time() - began < 5


@pytest.mark.parametrize(("form", "around"), [("[{}]", 1), ("a: [{}]", 3), ("{{a: [{}], b: 1}}", 5)])
def test_a_flat_list_has_as_many_values_as_any_document(
    form: str, around: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list counts as a value, and so do the mapping around it and its keys."""
    monkeypatch.setattr(documents, "MOST_VALUES", 100)
    check_bounds(form.format("1," * (100 - around)).encode())
    with pytest.raises(DocumentError, match="holds more than 100 values"):
        check_bounds(form.format("1," * (101 - around)).encode())


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
def test_what_is_no_toml_is_refused(text: str) -> None:
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


def test_the_lines_of_the_two_outermost_mappings_are_known() -> None:
    text = "a: 1\nb:\n  c: 1\n\n  d: {e: 1}\n? f\n: - g: 1\n---\nh: |\n  x\ni: 2\n"
    assert check_bounds(text.encode()) == {
        ("a",): 1,
        ("b",): 2,
        ("b", "c"): 3,
        ("b", "d"): 5,
        ("f",): 6,
        ("h",): 9,
        ("i",): 11,
    }
