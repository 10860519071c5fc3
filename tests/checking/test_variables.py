"""Names in Jinja that nothing declares, and values that change with each render."""

from pathlib import Path

import pytest

from tests.support.folders import write
from tests.support.good_template import COPIER_YML, PYPROJECT, findings, only


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("one\n{{ databse }}\n", 2, "`databse` is undeclared"),
        ("\n\n{% if databse %}x{% endif %}\n", 3, "`databse` is undeclared"),
        ("{{ database | uper }}\n", 1, "`uper` is an unknown filter"),
        ("{% if database is textual %}x{% endif %}\n", 1, "`textual` is an unknown test"),
        ("{{ now() }}\n", 1, "`now` gives another result each time"),
        ("{{ '%Y' | strftime }}\n", 1, "`strftime` gives another result each time"),
    ],
)
def test_a_fault_of_a_file_is_reported_with_its_line(
    text: str, line: int, message: str, tmp_path: Path
) -> None:
    found = findings(tmp_path, {"project/notes.txt.jinja": text})
    assert (f"project/notes.txt.jinja:{line}", message) in [(f.place, f.message) for f in found]


def test_a_syntax_error_is_reported_with_its_line(tmp_path: Path) -> None:
    found = findings(tmp_path, {"project/notes.txt.jinja": "one\n{% if database %}\n"})
    assert {f.place for f in found if f.check == "names"} == {"project/notes.txt.jinja:2"}


@pytest.mark.parametrize(
    "text",
    [
        "{% set port = 1 %}{{ port }}",
        "{% for tag in ['a'] %}{{ tag }}{{ loop.index }}{% endfor %}",
        "{% macro row(cell) %}{{ cell }}{% endmacro %}{{ row(database) }}",
        "{{ range(3) | join }}{{ _copier_conf.os }}",
        "{{ port | default('8000') }}",
        "{% if port is defined %}x{% endif %}",
        "{% import 'macros.txt' as macros %}{{ macros.row(database) }}",
        "{% raw %}{{ anything }}{% endraw %}",
        "{{ '%Y' | strftime(0) }}",
    ],
)
def test_a_declared_name_is_accepted(text: str, tmp_path: Path) -> None:
    macros = "{% macro row(cell) %}{{ cell }}{% endmacro %}"
    assert findings(tmp_path, {"project/x.txt.jinja": text + "\n", "macros.txt": macros}) == []


def test_an_included_file_is_checked_too(tmp_path: Path) -> None:
    files = {"project/x.txt.jinja": "{% include 'part.txt' %}\n", "part.txt": "one\n{{ databse }}"}
    assert "part.txt:2" in [found.place for found in findings(tmp_path, files)]


def test_an_included_file_outside_the_template_is_not_read(tmp_path: Path) -> None:
    secret = write(tmp_path, {"secret.txt": "{{ secret }}"}) / "secret.txt"
    line = "{% include '" + str(secret) + "' %}{% include '../secret.txt' %}"
    found = findings(tmp_path, {"project/a.txt.jinja": f"{line}\n"})
    assert not [finding for finding in found if "`secret`" in finding.message]


def test_own_delimiters_are_respected(tmp_path: Path) -> None:
    own = COPIER_YML.replace(
        "{undefined:", '{variable_start_string: "[[", variable_end_string: "]]", undefined:'
    )
    files = {
        "copier.yml": own,
        "project/pyproject.toml.jinja": PYPROJECT.replace("{{", "[[").replace("}}", "]]"),
        "project/page.html.jinja": "{{ databse }}\n",
    }
    assert findings(tmp_path, files) == []
    files["project/page.html.jinja"] = "[[ databse ]]\n"
    assert {found.place for found in findings(tmp_path, files)} >= {"project/page.html.jinja:1"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("{{ databse }}.txt", "in the file's name, `databse` is undeclared"),
        ("{% if database %}x.txt", "in the file's name, "),
    ],
)
def test_a_fault_of_a_name_is_reported(name: str, message: str, tmp_path: Path) -> None:
    found = [f for f in findings(tmp_path, {f"project/{name}": "x\n"}) if f.check == "names"]
    assert only(found).message.startswith(message)
    assert only(found).file == f"project/{name}"


def test_a_name_that_yields_several_files_is_accepted(tmp_path: Path) -> None:
    name = "{% yield one from ['a', 'b'] %}{{ one }}{% endyield %}.txt.jinja"
    assert findings(tmp_path, {f"project/{name}": "{{ one }}\n"}) == []


def test_a_folder_whose_name_ends_in_cache_is_checked(tmp_path: Path) -> None:
    found = findings(tmp_path, {"project/src/response_cache/x.txt.jinja": "{{ authro }}\n"})
    assert [
        f for f in found if f.place == "project/src/response_cache/x.txt.jinja:1" and "authro" in f.message
    ]
