"""Texts of a copier.yml, and what keeps one from being rendered."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fastkit.computing.texts import LONGEST_TEXT, RenderError, Sandbox, Unset

CALLS_ITSELF = "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}"


@pytest.mark.parametrize("confined", [False, True])
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (CALLS_ITSELF, "calls itself without end"),
        ("{% include 'gone.txt' %}", "includes `gone.txt`, which is not in the template"),
        ("{{ 1 // 0 }}", "integer division or modulo by zero"),
        ("{{ name | nothing }}", "No filter named 'nothing'"),
        (f"{{{{ 'a' * {LONGEST_TEXT + 1} }}}}", "renders more than 1,000,000 characters"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_text_that_cannot_be_rendered_is_one_problem(
    text: str, problem: str, confined: bool, tmp_path: Path
) -> None:
    with pytest.raises(RenderError) as error:
        Sandbox(root=tmp_path, confined=confined).render(text, {"name": "shop"})
    assert str(error.value).startswith(problem)


@pytest.mark.parametrize("confined", [False, True])
def test_a_text_may_be_as_long_as_the_bound_and_may_be_unset(confined: bool) -> None:
    sandbox = Sandbox(confined=confined)
    assert len(sandbox.render(f"{{{{ 'a' * {LONGEST_TEXT} }}}}", {})) == LONGEST_TEXT
    with pytest.raises(Unset):
        sandbox.render("{{ UNSET }}", {})


@pytest.mark.parametrize(
    ("known", "context", "name"),
    [
        ({}, {"project_name": "Shop Two"}, "shop-two"),
        ({"given": {"project_name": "shop"}}, {}, "shop"),
        ({"folder": "there"}, {"project_name": "shop"}, "there"),
        ({}, {}, ""),
    ],
    ids=["answered", "given", "where the project is", "not known yet"],
)
def test_a_text_can_name_the_folder_of_the_project(
    known: Mapping[str, Any], context: Mapping[str, str], name: str
) -> None:
    text = "{{ _folder_name }} {{ _copier_conf.dst_path.name }}"
    assert Sandbox(**known).render(text, context) == f"{name} {name}"
