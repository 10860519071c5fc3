"""`fastkit template check`, as it is called: one line, a table or JSON, and an exit code."""

import json
from pathlib import Path

import pytest

from fastkit.checking.finding import Finding, Tree
from fastkit.checking.result import Ran, Result
from fastkit.commands.template_check import show
from tests.support.command_line import fastkit
from tests.support.folders import write
from tests.support.good_template import GOOD, with_line


def test_a_template_without_metadata_passes_with_a_note(tmp_path: Path) -> None:
    bare = "_subdirectory: project\nproject_name: {type: str}\ndescription: {type: str}\n"
    write(tmp_path / "shop", {**GOOD, "copier.yml": bare})
    run = fastkit("template", "check", "./shop", cwd=tmp_path)
    assert run.code == 0
    note = "`shop` has no `_fastkit`, so lists show no title and no version"
    assert run.out == f"note: {note}\nshop: 2 projects checked, no findings\n"
    assert fastkit("template", "check", "./shop", "--json", cwd=tmp_path).answer["templates"][0]["notes"] == [
        note
    ]


def test_a_good_template_is_one_line(tmp_path: Path) -> None:
    write(tmp_path / "shop", GOOD)
    run = fastkit("template", "check", "./shop", cwd=tmp_path)
    assert (run.code, run.out) == (0, "shop: 3 projects checked, no findings\n")


def test_findings_are_a_table_and_exit_1(tmp_path: Path) -> None:
    write(tmp_path / "shop", {**GOOD, "project/x.json": "{"})
    run = fastkit("template", "check", "./shop", cwd=tmp_path)
    assert run.code == 1
    for text in (
        "project/x.json:1",
        "is not valid JSON",
        "hint: fix the file",
        "3 projects checked, 2 findings",
    ):
        assert text in run.out


@pytest.mark.parametrize(
    ("found", "projects", "line"),
    [
        (0, 1, "shop: 1 project checked, no findings"),
        (1, 0, "shop: 0 projects checked, 1 finding"),
        (2, 2, "shop: 2 projects checked, 2 findings"),
    ],
)
def test_the_number_of_projects_and_findings_is_told(
    found: int, projects: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = tuple(Finding("format", f"fault {number}", "fix it") for number in range(found))
    show(Result("shop", "", findings, trees=(Tree("the defaults", (), {}),) * projects))
    assert capsys.readouterr().out.splitlines()[-1] == line


def test_the_tools_that_ran_are_told_once_and_none_where_there_are_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for tools, told in ((("ruff", "mypy"), "ruff, mypy"), ((), "no tools")):
        show(Result("shop", "", (), ran=(Ran("the defaults", tools), Ran("database=sqlite", tools))))
        assert capsys.readouterr().out.splitlines()[1:] == [
            "  installed and run: the defaults; database=sqlite",
            f"  (these cover every Python file and setting) using: {told}",
        ]


def test_json_is_one_object_for_all_templates(tmp_path: Path) -> None:
    write(tmp_path / "shop", {**GOOD, "project/x.json": "{\n"})
    write(tmp_path / "good", GOOD)
    run = fastkit("template", "check", "./shop", "./good", "--json", cwd=tmp_path)
    assert run.code == 1
    answer = json.loads(run.out)
    assert answer["findings"] == 1
    shop, good = answer["templates"]
    assert (good["name"], good["projects"], good["findings"]) == ("good", 3, [])
    assert shop["findings"] == [
        {
            "check": "format",
            "file": "project/x.json",
            "line": 2,
            "message": "is not valid JSON: Expecting property name enclosed in double quotes",
            "hint": "fix the file",
            "answers": [],
            "output": [],
        }
    ]


def test_a_template_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path / "bad", {"copier.yml": "a: [\n"})
    write(tmp_path / "good", GOOD)
    run = fastkit("template", "check", "./bad", "./good", "--json", cwd=tmp_path)
    assert run.code == 1
    bad, good = run.answer["templates"]
    assert (bad["findings"][0]["file"], bad["findings"][0]["line"]) == ("copier.yml", 2)
    assert good["findings"] == []


def test_an_answer_can_be_given_for_all_projects(tmp_path: Path) -> None:
    picky = "port: {type: str, validator: \"{{ 'no' if port != '8000' }}\"}"
    write(tmp_path / "shop", {**GOOD, **with_line(picky)})
    assert fastkit("template", "check", "./shop", cwd=tmp_path).code == 1
    assert fastkit("template", "check", "./shop", "--set", "port=8000", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("./nowhere",), "there is no template `./nowhere`"),
        (("./shop", "--set", "port"), "`--set port` is not KEY=VALUE"),
        (("./shop", "--set", "prt=1"), "there is no question in `shop` called `prt`"),
        ((), "missing argument 'TEMPLATE_OR_FOLDER...'"),
    ],
)
def test_wrong_usage_is_two_lines(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    write(tmp_path / "shop", GOOD)
    run = fastkit("template", "check", *words, cwd=tmp_path)
    assert run.code == 2
    assert run.error_lines[-2] == f"error: {message}"
    assert run.error_lines[-1].startswith("hint: ")
