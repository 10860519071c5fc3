"""The guided start: `fastkit init`, and `startdemo` without a template."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands.test_startdemo import stripped
from tests.scenarios.test_startdemo_on_a_terminal import CODES, interrupted, terminal, text_until_end
from tests.support.command_line import fastkit
from tests.support.demo import WORDS, make_demo
from tests.support.folders import tree
from tests.support.living import commit

needs_terminal = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")

DOWN = "\x1b[B"
SQL = "fastapi-async-sqlalchemy"

FEATURES = {
    "copier.yml": """\
_subdirectory: project
_fastkit: {title: A shop, version: "1.0", features: [bare, box, cluster]}
project_name: {type: str}
database: {type: str, help: Database, choices: {None: none, SQLite: sqlite}, default: none}
tags: {type: str, multiselect: true, choices: [api, cli], default: [api]}
package_manager: {type: str, help: Manager, choices: [uv, pdm], default: uv}
token: {type: str, secret: true, default: hidden}
""",
    "project/pyproject.toml.jinja": 'database = "{{ database }}"\n',
    "features/bare/feature.yml": "title: No container\n",
    "features/box/feature.yml": "{title: A container, conflicts: [bare]}\n",
    "features/cluster/feature.yml": "{title: Many containers, requires: [box]}\n",
}


def make_shop(folder: Path) -> dict[str, str]:
    return make_demo(folder, FEATURES)


def press(child: Any, *keys: str) -> None:
    for key in keys:
        child.send(key)


def clean(child: Any) -> str:
    return " ".join(stripped(CODES.sub("", str(child.before) + str(child.after))))


@needs_terminal
def test_a_project_is_chosen_with_keys_and_made_after_one_look_at_all_of_it(tmp_path: Path) -> None:
    env = make_shop(tmp_path / "templates")
    with terminal("init", "--no-install", "--no-git", cwd=tmp_path, **env) as child:
        child.expect(r"Template.*demo.*fastapi-async-crud")
        press(child, "\r")
        child.expect(r"Features.*cluster")
        press(child, DOWN, DOWN, " ", "\r")
        child.expect("Features: box, cluster")
        child.expect("project_name: ")
        child.sendline("shop")
        child.expect(r"Database.*SQLite")
        press(child, DOWN, "\r")
        child.expect(r"tags.*cli")
        press(child, DOWN, " ", "\r")
        child.expect(r"tags: api, cli")
        child.expect(r"Manager.*pdm")
        press(child, "\r")
        child.expect("token: ")
        child.sendline("s3cret")
        child.expect(r"Make this project\? \[Y/n\]: ")
        shown = clean(child)
        child.sendline("")
        said = text_until_end(child)
    assert child.exitstatus == 0, said
    for row in ("│ database │ sqlite", "│ Features │ box, cluster", f"│ Folder │ {tmp_path}"[:20]):
        assert row in " ".join(shown.split()), shown
    assert "s3cret" not in shown + said
    assert 'database = "sqlite"' in (tmp_path / "shop/pyproject.toml").read_text()


@needs_terminal
def test_what_a_feature_excludes_is_said_and_cannot_be_chosen(tmp_path: Path) -> None:
    env = make_shop(tmp_path / "templates")
    with terminal("init", "demo", cwd=tmp_path, **env) as child:
        child.expect(r"Features.*cluster")
        press(child, " ")
        child.expect("excluded by bare")
        press(child, DOWN, " ", DOWN, " ", "\r")
        child.expect(r"Features: ([^\r\n]*)")
        assert child.match.group(1) == "bare"


@needs_terminal
@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"TERM": ""}])
def test_a_terminal_without_a_cursor_gets_numbers(env: dict[str, str], tmp_path: Path) -> None:
    with terminal("init", cwd=tmp_path, **(make_shop(tmp_path / "templates") | env)) as child:
        child.expect(r"Select template \[demo\]: ")
        child.sendline("1")
        child.expect("Select features[^:]*: ")
        child.sendline("3")
        child.expect("project_name: ")
        assert "\x1b[?" not in child.before


@needs_terminal
def test_a_narrow_window_gets_numbers(tmp_path: Path) -> None:
    env = make_shop(tmp_path / "templates") | {"COLUMNS": "40"}
    with terminal("init", cwd=tmp_path, **env) as child:
        child.expect(r"Select template \[demo\]: ")


@needs_terminal
def test_no_color_keeps_the_menus_without_colours(tmp_path: Path) -> None:
    env = make_shop(tmp_path / "templates") | {"NO_COLOR": "1"}
    with terminal("init", cwd=tmp_path, **env) as child:
        child.expect("fastapi-async-crud")
        press(child, "\r")
        child.expect("Features.*cluster")
        assert not any(f"[{code}" in child.before for code in ("0;3", "0;9", "38;", "48;")), child.before


@needs_terminal
def test_ctrl_c_prints_the_command_that_gives_the_answers_again(tmp_path: Path) -> None:
    env = make_shop(tmp_path / "templates")
    with terminal("init", "--no-install", cwd=tmp_path, **env) as child:
        child.expect("Template.*fastapi-async-crud")
        press(child, "\r")
        child.expect("Features.*cluster")
        press(child, DOWN, " ", "\r")
        child.expect("project_name: ")
        child.sendline("shop")
        child.expect("Database.*SQLite")
        press(child, "\x03")
        said = [line for line in stripped(CODES.sub("", text_until_end(child))) if line]
    assert child.exitstatus == 130
    assert said[-3:] == [
        "To go on with the same answers:",
        "fastkit init demo --with box --project-name shop --no-install",
        "interrupted",
    ]
    assert not (tmp_path / "shop").exists()


@needs_terminal
def test_a_package_manager_that_is_missing_is_asked_for_again(tmp_path: Path) -> None:
    env = make_shop(tmp_path / "templates") | {"PATH": str(tmp_path)}
    words = ("--with", "box", *WORDS[:2], "--set", "database=none", "--set", "tags=api", "--set", "token=t")
    with terminal("init", "demo", *words, cwd=tmp_path, **env) as child:
        child.expect("Manager.*pdm +not installed")
        press(child, DOWN, "\r")
        child.expect("error: the package manager `pdm` is not installed")
        child.expect("Manager.*pdm +not installed")
        press(child, "\x1b[A", "\r")
        child.expect(r"Make this project\? ")
        said = " ".join(stripped(CODES.sub("", interrupted(child))))
    assert child.exitstatus == 130
    assert "fastkit startdemo demo --project-name shop" in said
    assert "--package-manager uv --with box --yes" in said
    assert not (tmp_path / "shop").exists()


@needs_terminal
def test_a_resource_is_described_field_by_field_and_ctrl_c_keeps_the_fields(tmp_path: Path) -> None:
    with terminal("init", SQL, "--with", "docker", cwd=tmp_path) as child:
        child.expect("Add a resource[^:]*: ")
        child.sendline("class")
        child.expect("error: ")
        child.expect("Add a resource[^:]*: ")
        child.sendline("note")
        for field in ("title:str:max=200", "author:ref=users"):
            child.expect("Field [12][^\n]*: ")
            child.sendline(field)
        child.expect("Field 3[^\n]*: ")
        said = interrupted(child)
    assert child.exitstatus == 130
    assert "--resource 'note title:str:max=200 author:ref=users'" in " ".join(stripped(CODES.sub("", said)))


PIPED = "1\n3\nshop\nSQLite\napi\nuv\nt\n"


def test_a_pipe_gets_the_same_questions_with_numbers(tmp_path: Path) -> None:
    env = make_shop(tmp_path / "templates")
    run = fastkit("init", "--no-install", "--no-git", cwd=tmp_path, env=env, answers=PIPED + "\n")
    assert run.code == 0, run
    assert "│ 3 │ cluster" in run.out
    assert (tmp_path / "shop/pyproject.toml").is_file()
    assert [path.name for path in tmp_path.iterdir() if path.name != "templates"] == ["shop"]


def test_no_at_the_end_costs_no_answer(tmp_path: Path) -> None:
    env = make_shop(tmp_path / "templates")
    run = fastkit("startdemo", "--no-install", "--no-git", cwd=tmp_path, env=env, answers=PIPED + "n\n")
    assert run.code == 1
    assert not (tmp_path / "shop").exists()
    command = shlex.split(run.command_after("The same project, without questions"))
    again = fastkit(*command[1:], "--set", "token=t", cwd=tmp_path, env=env)
    assert again.code == 0, again
    assert 'database = "sqlite"' in (tmp_path / "shop/pyproject.toml").read_text()


def test_an_end_of_input_names_the_option_and_keeps_the_answers(tmp_path: Path) -> None:
    env = make_shop(tmp_path / "templates")
    run = fastkit("init", cwd=tmp_path, env=env, answers="demo\n")
    assert (run.code, run.error_lines) == (
        2,
        ["error: no answer for `features`", "hint: pass --with FEATURE"],
    )
    assert run.command_after("To go on with the same answers") == "fastkit init demo"


def test_the_library_of_the_menus_is_not_imported_before_one_is_shown() -> None:
    code = "import sys, fastkit.commands.startdemo; sys.exit('prompt_toolkit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_wrong_call_has_no_answers_to_give_again(tmp_path: Path) -> None:
    run = fastkit("init", "nowhere", cwd=tmp_path)
    assert (run.code, run.out, len(run.error_lines)) == (2, "", 2)


def test_an_answer_of_the_call_is_not_asked_again(tmp_path: Path) -> None:
    env = make_demo(tmp_path / "templates")
    run = fastkit("init", "demo", *WORDS, "--dry-run", cwd=tmp_path, env=env, answers="\nsqlite\n1\n\n\n")
    assert run.code == 0, run
    assert "Enter the project name" not in run.out


def test_a_package_manager_that_is_missing_says_so(tmp_path: Path) -> None:
    env = make_shop(tmp_path / "templates") | {"PATH": str(tmp_path)}
    run = fastkit("init", "demo", "--no-install", cwd=tmp_path, env=env, answers="\nshop\n\n\n\n\nn\n")
    assert "note: pdm is not installed" in run.out


@pytest.mark.parametrize("template", ["fastapi-async-crud", "fastapi-async-sqlalchemy"])
def test_a_resource_from_the_start_is_the_same_as_one_added_later(template: str, tmp_path: Path) -> None:
    about = (*WORDS, "--package-manager", "pip", "--no-install", "--yes")
    book, note = ["book", "title:str", "note:ref=notes:optional"], ["note", "title:str:max=100"]
    if template == "fastapi-async-crud":
        book = book[:2]
    words = ("--resource", " ".join(note), "--resource", " ".join(book))
    at_once = fastkit("startdemo", template, *about, *words, "--output", "once", cwd=tmp_path)
    assert at_once.code == 0, at_once
    assert fastkit("startdemo", template, *about, "--output", "later", cwd=tmp_path).code == 0
    project = tmp_path / "later/shop"
    for resource in (note, book):
        run = fastkit("resource", "add", *resource, "--yes", cwd=project)
        assert run.code == 0, run
        commit(project)
    assert tree(tmp_path / "once/shop") == tree(project)


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("note", "`note` is not a resource"),
        ("note 'title:str", "is not a resource"),
        ("item title:str", "would share a name"),
        ("note title:nothing", "nothing"),
    ],
)
def test_a_resource_that_cannot_be_is_refused_before_anything_is_made(
    resource: str, message: str, tmp_path: Path
) -> None:
    run = fastkit("startdemo", SQL, *WORDS, "--resource", resource, "--yes", cwd=tmp_path)
    assert (run.code, len(run.error_lines)) == (2, 2)
    assert message in run.err
    assert not any(tmp_path.iterdir())
