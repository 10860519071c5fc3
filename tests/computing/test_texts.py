"""Texts of a copier.yml, and what keeps one from being rendered."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fastkit.computing.origin import NOWHERE, Origin
from fastkit.computing.texts import LONGEST_TEXT, RenderError, Sandbox, Unset
from tests.support.folders import write

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
        ("{{ '\\ud800' }}", "'utf-8' codec can't encode character '\\ud800'"),
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


def test_a_text_can_read_only_data_that_is_in_the_project(tmp_path: Path) -> None:
    write(tmp_path, {"shop/port.yml": "port: 8000", "secret.yml": "port: 1"})
    data = {"own": "port.yml", "later": "gone.yml", "others": "../secret.yml"}
    sandbox = Sandbox(project=tmp_path / "shop", external=data)
    assert sandbox.render("{{ _external_data.own.port }}{{ _external_data.later }}", {}) == "8000{}"
    with pytest.raises(RenderError, match=r"^`\.\./secret\.yml` is outside of the project$"):
        sandbox.render("{{ _external_data.others.port }}", {})


@pytest.mark.parametrize(
    ("known", "context", "port"),
    [
        ({}, {"project_name": "shop"}, "8000"),
        ({"parent": None}, {"project_name": "shop"}, ""),
        ({}, {}, ""),
    ],
    ids=["a known project", "a project of an unknown place", "a project without a name yet"],
)
def test_the_data_of_a_project_can_be_read_once_its_folder_is_known(
    known: Mapping[str, Any], context: Mapping[str, str], port: str, tmp_path: Path
) -> None:
    write(tmp_path, {"shop/port.yml": "port: 8000", "port.yml": "port: 1"})
    sandbox = Sandbox(**{"parent": tmp_path, "external": {"own": "port.yml"}, **known})
    assert sandbox.render("{{ _external_data.own.port }}", context) == port


@pytest.mark.parametrize(("origin", "commit"), [(Origin(commit_hash="a1b2"), "a1b2"), (NOWHERE, "None")])
def test_a_text_can_name_the_commit_of_its_template(origin: Origin, commit: str) -> None:
    assert Sandbox(origin=origin).render("{{ _copier_conf.vcs_ref_hash }}", {}) == commit


@pytest.mark.parametrize("name", [".answers.yml", ".answers-{{ project_name }}.yml"])
def test_a_text_can_name_the_file_of_the_answers_which_may_be_named_by_an_answer(name: str) -> None:
    said = Sandbox(answers_file=name).render("{{ _copier_conf.answers_file }}", {"project_name": "shop"})
    assert said == name.replace("{{ project_name }}", "shop")
