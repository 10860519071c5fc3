"""What each setting of copier.yml must be."""

from importlib.metadata import version
from typing import Any

import pytest

from fastkit.catalog.settings import FASTKIT, QUESTION, SETTINGS


@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("_tasks", [["make", 1], "make", {"command": "make", "when": True}], None),
        ("_tasks", [{"when": True}], "`{'when': True}` in `_tasks` must be a command"),
        ("_tasks", [[]], "`[]` in `_tasks` must be a command"),
        ("_migrations", ["make", {"version": "1", "before": ["make"], "after": None}], None),
        ("_migrations", [{"version": "1", "command": "make"}], None),
        (
            "_migrations",
            [{"before": []}],
            "`{'before': []}` in `_migrations` must be a command, or have a `version` and lists of commands",
        ),
        (
            "_migrations",
            [{"before": [1]}],
            "`{'before': [1]}` in `_migrations` must be a command, or have a `version` and lists of commands",
        ),
        ("_envops", {"newline_sequence": "\r\n", "line_statement_prefix": None, "cache_size": 1}, None),
        ("_envops", {"newline_sequence": "x"}, "`newline_sequence` of `_envops` must be the end of a line"),
        ("_envops", {"block_start_string": ""}, "`block_start_string` of `_envops` must be text"),
        ("_envops", {"zzz": 1}, "`_envops` has the unknown option `zzz`"),
        ("_answers_file", "a/../b", "`_answers_file` must be a path inside the project"),
        ("_subdirectory", "/a", "`_subdirectory` must be a path inside the template"),
        ("_templates_suffix", None, None),
        ("_templates_suffix", 1, "`_templates_suffix` must be text"),
        ("_fastkit", None, None),
        ("_min_copier_version", version("copier"), None),
    ],
)
def test_a_setting_is_accepted_or_says_what_it_must_be(setting: str, value: Any, problem: str | None) -> None:
    assert SETTINGS[setting](f"`{setting}`", value) == problem


@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("features", ["x"] * 200, None),
        ("features", ["x"] * 201, "`features` must be a list of at most 200 names"),
        ("tags", None, None),
        ("version", 1.1, None),
        ("title", ["x"], "`title` must be text"),
        ("notes", {1.1: "x"}, None),
        ("notes", {"1.1": ["x"]}, "`notes` must be a mapping from versions to text"),
        ("common_questions", "yes", "`common_questions` must be true or false"),
    ],
)
def test_a_setting_of_fastkit_is_accepted_or_says_what_it_must_be(
    setting: str, value: Any, problem: str | None
) -> None:
    assert FASTKIT[setting](f"`{setting}`", value) == problem


@pytest.mark.parametrize(("key", "value"), [("choices", 7), ("when", []), ("secret", "yes"), ("type", None)])
def test_a_key_of_a_question_says_what_it_must_be(key: str, value: Any) -> None:
    assert (QUESTION[key](f"`{key}`", value) or "").startswith(f"`{key}` must be ")
