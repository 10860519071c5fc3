"""YAML that somebody else wrote, within bounds."""

import time

import pytest

from fastkit.computing import safe_yaml
from fastkit.computing.safe_yaml import DEEPEST, LARGEST, DocumentError, check_bounds, parse


def laughs(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


def test_a_document_is_parsed_to_plain_values() -> None:
    assert parse("a: [1, ~, x]\nb: {c: 1.5}") == {"a": [1, None, "x"], "b": {"c": 1.5}}
    assert parse("") is None
    assert parse("#" * LARGEST) is None
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
        (f"1.{'0' * 10_000}", "holds a number that is too large", 1),
        ("9" * 5000, f"holds `{'9' * 59}…`, which is not a valid int", 1),
        ("a: 1" + ":1" * 400_000, "holds a number that is too large", 1),
        ("a: \0", "is not YAML: ", None),
        ("\ud800", "is not YAML: ", None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_invalid_or_excessive_yaml_is_refused_at_once(text: str, problem: str, line: int | None) -> None:
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
    monkeypatch.setattr(safe_yaml, "MOST_VALUES", 100)
    check_bounds(form.format("1," * (100 - around)).encode())
    with pytest.raises(DocumentError, match="holds more than 100 values"):
        check_bounds(form.format("1," * (101 - around)).encode())


def test_a_list_that_is_too_long_is_read_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_yaml, "MOST_VALUES", 100)
    with pytest.raises(DocumentError) as error:
        check_bounds(b"- 1\n" * 1000)
    assert error.value.line == 100  # as the list itself is the first value


def test_what_is_not_yaml_has_no_lines() -> None:
    with pytest.raises(DocumentError, match=r"^is not YAML: "):
        check_bounds(b"a: 1\nb: ]")


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
