"""`fastkit show TEMPLATE`."""

from pathlib import Path

import pytest

from tests.support.command_line import fastkit
from tests.support.demo import DEMO, WORDS, make_demo
from tests.support.folders import write


def test_facts_questions_and_the_tree_are_shown(tmp_path: Path) -> None:
    run = fastkit("show", "demo", cwd=tmp_path, env=make_demo(tmp_path))
    assert (run.code, run.err) == (0, "")
    for text in ("fastapi, uvicorn[standard]", "│ port ", "│ 8000 ", "── [id].py", "demo/\n"):
        assert text in run.out


def test_json_is_one_object_with_all_of_it(tmp_path: Path) -> None:
    run = fastkit("show", "demo", "--json", cwd=tmp_path, env=make_demo(tmp_path))
    assert (run.code, run.err) == (0, "")
    assert run.answer["dependencies"] == ["fastapi", "uvicorn[standard]"]
    questions = {question["name"]: question for question in run.answer["questions"]}
    assert questions["port"] == {"name": "port", "type": "int", "help": "", "default": 8000}
    assert questions["tags"]["choices"] == ["api", "cli", "web"]
    assert questions["token"]["secret"] is True
    assert run.answer["files"] == sorted(
        path.removeprefix("project/").removesuffix(".jinja") for path in DEMO if path != "copier.yml"
    )


def test_the_files_that_are_shown_are_the_files_that_are_made(tmp_path: Path) -> None:
    words = (*WORDS, "--yes", "--no-install", "--no-git", "--json", "--package-manager", "poetry")
    made = fastkit("startdemo", "fastapi-async-crud", *words, cwd=tmp_path).answer
    shown = fastkit("show", "fastapi-async-crud", "--json", cwd=tmp_path).answer
    made_files = [file["path"] for file in made["files"] if not file["path"].startswith(".fastkit/")]
    assert shown["files"] == made_files


def test_a_folder_can_be_shown(tmp_path: Path) -> None:
    make_demo(tmp_path)
    run = fastkit("show", "./demo", "--json", cwd=tmp_path)
    assert (run.answer["name"], run.answer["source"]) == ("demo", "folder")


def test_what_runs_code_is_said(tmp_path: Path) -> None:
    write(tmp_path / "risky", {"copier.yml": "_tasks: [rm -r .]\n"})
    run = fastkit("show", "./risky", cwd=tmp_path)
    assert "│ Runs code │ task: rm -r . " in run.out


def test_it_is_said_whether_projects_are_installed_without_trust(tmp_path: Path, home: Path) -> None:
    env = make_demo(tmp_path)
    assert "│ Installed " in fastkit("show", "./demo", cwd=tmp_path).out
    assert "│ Installed " not in fastkit("show", "demo", cwd=tmp_path, env=env).out
    assert fastkit("show", "./demo", "--json", cwd=tmp_path).answer["installs"] is False
    assert fastkit("show", "demo", "--json", cwd=tmp_path, env=env).answer["installs"] is True
    write(home / ".config/fastkit", {"settings.yml": f"trust: ['{tmp_path}']"})
    config = {"XDG_CONFIG_HOME": str(home / ".config")}
    assert fastkit("show", "./demo", "--json", cwd=tmp_path, env=config).answer["installs"] is True


@pytest.mark.parametrize("name", ["fastapi-async-crudd", "./nowhere", "_base"])
def test_an_unknown_template_is_two_lines(name: str, tmp_path: Path) -> None:
    run = fastkit("show", name, cwd=tmp_path)
    assert (run.code, run.out, len(run.error_lines)) == (2, "", 2)
    assert run.error_lines[0] == f"error: there is no template `{name}`"


def test_a_close_name_is_suggested(tmp_path: Path) -> None:
    run = fastkit("show", "fastapi-async-crudd", cwd=tmp_path)
    assert run.error_lines[1] == "hint: did you mean `fastapi-async-crud`?"
