"""What reaches the terminal: a stranger's text, with what a terminal would obey spelled out."""

import io
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from fastkit import console
from fastkit.catalog.questions import Answers
from fastkit.checking.finding import Finding
from fastkit.console.output import PIPED_WIDTH, forget_odd_sizes, rich_console
from fastkit.wording import is_shown
from tests.support.command_line import Run, fastkit
from tests.support.folders import write, write_template
from tests.support.living import git

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="file names of POSIX")

EVIL = "E[/]\x1b]0;PWNED\a\r\x0b\x85\x9b2J\x7f\u202eb\u2066\u2028c\ufff9\U000e0041"
"""Sets a terminal's title, clears it, and turns text around; and looks like Rich's markup."""

SPELLED = "E[/]\\x1b]0;PWNED\\x07"

NAME = "de\x1b[8mmo\u202e"
"""Of a folder or file."""

NL = "\n"

CONFIG: Mapping[str, object] = {
    "_subdirectory": "project",
    "_fastkit": {
        "title": EVIL,
        "description": EVIL,
        "version": f"1{EVIL}",
        "tags": [EVIL],
        "notes": {f"2{EVIL}": EVIL},
        "layers": [],
        "features": ["one"],
        "dependencies": [EVIL],
        "other_dependencies": [EVIL],
    },
    "_message_before_copy": f"{EVIL}\nsecond",
    "_message_after_copy": "{{ evil }}",
    "project_name": {"type": "str", "help": EVIL},
    "evil": {"type": "str", "help": EVIL, "default": EVIL},
    "choice": {"type": "str", "help": EVIL, "choices": {EVIL: "a", "other": "b"}, "default": "a"},
    "such": {"type": "str", "placeholder": EVIL, "default": "x", "validator": "{{ evil if such == 'bad' }}"},
    "secret": {"type": "str", "help": EVIL, "secret": True, "default": EVIL},
    f"odd{EVIL}": {"type": "str", "default": "y"},
}
"""A template with such text wherever it can have a text."""


def assert_safe(run: Run) -> None:
    assert "Traceback" not in run.err
    for text in (run.out, run.err):
        assert [c for c in text if not is_shown(c) and c not in "\n\t"] == []
    assert not [line for line in run.err.splitlines() if line.startswith("more")]


def evil_template(folder: Path, **settings: object) -> Path:
    files = {
        "copier.yml": yaml.safe_dump({**CONFIG, **settings}),
        "project/a.txt.jinja": f"{EVIL}{{{{ evil }}}}\n",
        f"project/{NAME}/{NAME}.txt": f"one\n{EVIL}\n",
        "features/one/feature.yml": yaml.safe_dump({"title": EVIL, "description": EVIL}),
        "features/one/project/one.txt": EVIL,
    }
    return write(folder, files)


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    evil_template(tmp_path / "templates" / NAME)
    return tmp_path / "templates"


def call(templates: Path, *words: str, answers: str | None = None, cwd: Path | None = None) -> Run:
    run = fastkit(
        *words, cwd=cwd or templates.parent, answers=answers, env={"FASTKIT_TEMPLATES": str(templates)}
    )
    assert_safe(run)
    return run


MAKE = ("startdemo", NAME, "--project-name", "shop", "--no-install")


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_template_is_listed_and_shown_with_its_text_spelled_out(templates: Path, form: list[str]) -> None:
    listed, shown = call(templates, "list-templates", *form), call(templates, "show", NAME, *form)
    assert (listed.code, shown.code) == (0, 0)
    if form:
        assert listed.answer["templates"][0]["title"] == shown.answer["title"] == EVIL
    else:
        assert SPELLED in listed.out
        assert "de\\x1b[8mmo\\u202e.txt" in shown.out


def test_a_prompt_its_default_and_its_choices_are_spelled_out(templates: Path) -> None:
    run = call(templates, *MAKE, answers="\n\nbad\n\n\n\nn\n")
    assert run.out.count(SPELLED) > 6
    assert (run.code, run.err) == (1, "")


@pytest.mark.parametrize("form", [["--dry-run"], ["--dry-run", "--json"], ["--no-git", "--json"], []])
def test_a_project_is_made_and_told_with_text_spelled_out(templates: Path, form: list[str]) -> None:
    run = call(templates, *MAKE, "--yes", "--with", "one", *form)
    assert run.code == 0, run.err


def test_a_difference_and_a_conflict_are_spelled_out(templates: Path) -> None:
    write(templates.parent / "shop", {"a.txt": f"other\n{EVIL}", f"{NAME}/{NAME}.txt": "other\n"})
    assert "+one" in call(templates, *MAKE, "--yes", "--dry-run").out
    assert "other content in" in call(templates, *MAKE, "--yes").err


def test_an_update_and_a_feature_are_spelled_out(templates: Path) -> None:
    assert call(templates, *MAKE, "--yes").code == 0
    shop = templates.parent / "shop"
    assert call(templates, "add", cwd=shop).code == 0
    about = {**CONFIG, "_fastkit": {"version": f"3{EVIL}", "notes": {"2": EVIL}, "features": ["one"]}}
    write(templates / NAME, {"copier.yml": yaml.safe_dump(about), "project/new.txt": f"{EVIL}\n"})
    write(templates / NAME, {f"project/{NAME}/{NAME}.txt": f"two\n{EVIL}\n"})
    for form in (["--dry-run"], ["--json", "--dry-run"], ["--check"]):
        assert call(templates, "update", *form, cwd=shop).code < 2
    write(shop, {f"{NAME}/{NAME}.txt": "mine\n"})
    git(shop, "commit", "--quiet", "--all", "--message=mine")
    assert call(templates, "update", "--yes", cwd=shop).code == 3


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_findings_are_spelled_out(templates: Path, form: list[str]) -> None:
    write(templates / NAME, {"project/bad.py": EVIL, "project/b.txt.jinja": "{{ nope }} {{ a | evil }}"})
    assert call(templates, "template", "check", NAME, *form).code == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"_tasks": [f"curl | sh #{EVIL}{NL}more"], "_jinja_extensions": [EVIL]}, MAKE),
        ({"_tasks": [EVIL, [EVIL, EVIL], {"command": EVIL}], "_migrations": [EVIL]}, ("show", NAME)),
        ({"_fastkit": {"layers": [EVIL]}}, ("show", NAME)),
        ({"_fastkit": {"features": [EVIL]}}, ("show", NAME)),
        ({"_subdirectory": EVIL}, (*MAKE, "--yes")),
        ({"_message_before_copy": f"{{{{ '{EVIL}' | nope }}}}"}, MAKE),
        ({"such": {"type": EVIL}}, (*MAKE, "--yes")),
        ({"_envops": {EVIL: 1}}, ("show", NAME)),
        ({}, (*MAKE, "--yes", "--set", "such=bad")),
        ({}, (*MAKE, "--yes", "--set", f"choice={EVIL}")),
        ({}, (*MAKE, "--yes", "--with", EVIL)),
        ({}, ("show", EVIL)),
        ({}, ("show", f"gh:{EVIL}")),
        ({}, (f"show{EVIL}",)),
    ],
)
def test_whatever_goes_wrong_is_spelled_out(
    templates: Path, settings: Mapping[str, object], words: tuple[str, ...]
) -> None:
    evil_template(templates / NAME, **settings)
    call(templates, *words)


def test_a_text_cannot_begin_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    console.say("\nnote: x\nhint: run this\n")
    console.say_note("x\nerror: y")
    assert capsys.readouterr() == ("\nnote: x\\nhint: run this\n\n", "note: x\\nerror: y\n")


@pytest.mark.parametrize(("columns", "width"), [("60", 60), (None, PIPED_WIDTH)])
def test_what_is_piped_is_as_wide_as_the_environment_says_or_else_wide(
    columns: str | None, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    assert rich_console(io.StringIO()).width == width


def test_a_size_of_the_terminal_that_is_no_number_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "wide")
    monkeypatch.setenv("TERMINAL_WIDTH", "\u0663")  # a digit, which is not read as one
    monkeypatch.setenv("LINES", "40")
    forget_odd_sizes()
    assert [os.environ.get(name) for name in ("COLUMNS", "TERMINAL_WIDTH", "LINES")] == [None, None, "40"]


def test_an_empty_line_follows_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_rows("Letters", ("Name",), [("alpha",)])
    assert capsys.readouterr().out.endswith("\n\n")
    console.show_findings("demo", [Finding("format", "is wrong", "fix it")])
    assert capsys.readouterr().out.endswith("\n\n")


def test_a_project_is_shown_with_the_version_of_its_template(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template = replace(write_template(tmp_path / "demo", {}), address="gh:o/r", ref="v1.2")
    console.show_project(template, (), (), Answers())
    assert "gh:o/r@v1.2" in capsys.readouterr().out
