"""What copier's templates can do besides files, as a person sees it."""

import shlex
from pathlib import Path

import pytest

from tests.support.command_line import Run, fastkit
from tests.support.folders import read, write

MESSAGES = (
    "_message_before_copy: 'Hello.\\n\\n'\n_message_after_copy: \"Now run {{ tool }}.\\e[1m\"\ntool: make\n"
)


def start(folder: Path, *words: str, answers: str | None = None) -> Run:
    return fastkit(
        "startdemo", "./demo", "--project-name", "shop", "--no-git", *words, cwd=folder, answers=answers
    )


def test_messages_are_shown_before_the_questions_and_after_the_files(tmp_path: Path) -> None:
    write(tmp_path / "demo", {"copier.yml": MESSAGES, "a": ""})
    done = start(tmp_path, "--set", "tool=just", "--yes")
    assert done.out.index("Hello.") < done.out.index("Deploying")
    assert done.out.index("has been created") < done.out.index("Now run just.\\x1b[1m")


def test_messages_are_no_part_of_json(tmp_path: Path) -> None:
    write(tmp_path / "demo", {"copier.yml": MESSAGES, "a": ""})
    done = start(tmp_path, "--yes", "--json")
    assert done.answer["answers"] == {"tool": "make"}
    assert "Hello." in done.err


LINES = "about: {type: str, multiline: true, default: none}\nlast: x\n"


@pytest.mark.parametrize(
    ("typed", "about"),
    [
        ("one\ntwo\n\n\ny\n", "one\ntwo"),
        ("\n\ny\n", "none"),
        ("one\n\n\ny\n", "one"),
    ],
)
def test_several_lines_end_with_an_empty_one(typed: str, about: str, tmp_path: Path) -> None:
    write(tmp_path / "demo", {"copier.yml": LINES, "a.jinja": "{{ about }}|{{ last }}"})
    done = start(tmp_path, answers=typed)
    assert "about, ended by an empty line [none]: " in done.out
    assert read(tmp_path / "shop").get("a") == f"{about}|x"


def test_a_placeholder_is_shown_and_is_no_answer(tmp_path: Path) -> None:
    write(
        tmp_path / "demo",
        {"copier.yml": "host: {type: str, placeholder: example.com}\n", "a.jinja": "{{ host }}"},
    )
    done = start(tmp_path, answers="\ny\n")
    assert "host (such as example.com): " in done.out
    assert read(tmp_path / "shop").get("a") == ""


@pytest.mark.parametrize(("words", "kept"), [(["--force"], "mine"), ([], "mine")])
def test_files_that_the_template_leaves_to_their_owner_stay(
    words: list[str], kept: str, tmp_path: Path
) -> None:
    write(tmp_path / "demo", {"copier.yml": "_skip_if_exists: ['*.env']\n", "a.env": "new", "b": "new"})
    write(tmp_path / "shop", {"a.env": "mine"})
    assert start(tmp_path, "--yes", *words).code == 0
    assert read(tmp_path / "shop").get("a.env") == kept
    assert read(tmp_path / "shop").get("b") == "new"


def test_a_date_can_be_an_answer(tmp_path: Path) -> None:
    write(tmp_path / "demo", {"copier.yml": "day: 2026-02-03\n", "a.jinja": "{{ day.year }}"})
    done = start(tmp_path, "--yes", "--json")
    assert (done.code, done.answer["answers"]) == (0, {"day": "2026-02-03"})
    assert read(tmp_path / "shop").get("a") == "2026"


def test_two_answers_that_look_alike_to_yaml_stay_apart(tmp_path: Path) -> None:
    write(
        tmp_path / "demo", {"copier.yml": "_exclude: [x]\nn: {type: yaml}\n", "a.jinja": "{{ n | to_json }}"}
    )
    assert start(tmp_path, "--set", "n='1'", "--yes").code == 0
    assert read(tmp_path / "shop").get("a") == '"1"'


# What the project and its folder are called.


@pytest.mark.parametrize(
    ("config", "words", "folder", "name"),
    [
        ("project_name: FastAPI Project", [], "fastapi-project", "FastAPI Project"),
        ("project_name: {type: str}", ["--project-name", "My Package"], "my-package", "My Package"),
        ("project_name: {type: str, when: false, default: X}", ["--project-name", "shop"], "shop", "X"),
        (
            "project_name: {type: str, when: false, default: '{{ _copier_conf.dst_path.name }}'}",
            ["--project-name", "shop"],
            "shop",
            "shop",
        ),
        (
            "web: false\nproject_name: {type: str, when: '{{ web }}', default: My Site}",
            [],
            "my-site",
            "My Site",
        ),
        ("web: false\nproject_name: {type: str, when: '{{ web }}'}", ["--project-name", "shop"], "shop", ""),
        ("name: x", ["--project-name", "shop"], "shop", ""),
        ("project_name: 7", [], "7", "7"),
    ],
)
def test_the_folder_is_called_like_the_project_as_far_as_a_folder_can(
    config: str, words: list[str], folder: str, name: str, tmp_path: Path
) -> None:
    write(tmp_path / "demo", {"copier.yml": config, "a.jinja": "{{ project_name }}"})
    done = fastkit("startdemo", "./demo", "--yes", "--no-git", *words, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert f"Project '{folder}' from 'demo' has been created" in done.out
    assert read(tmp_path / folder)["a"] == name


def test_the_command_that_repeats_it_has_the_projects_own_name(tmp_path: Path) -> None:
    write(tmp_path / "demo", {"copier.yml": "project_name: My Shop", "a.jinja": "{{ project_name }}"})
    done = fastkit("startdemo", "./demo", "--yes", "--no-git", cwd=tmp_path)
    command = done.command_after("The same project again, without questions")
    assert shlex.split(command)[:5] == ["fastkit", "startdemo", "./demo", "--project-name", "My Shop"]


def test_a_name_without_a_letter_needs_another_for_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "demo", {"copier.yml": "project_name: '!!!'", "a.jinja": "{{ project_name }}"})
    refused = fastkit("startdemo", "./demo", "--yes", "--no-git", cwd=tmp_path)
    assert refused.code == 2
    assert refused.error_lines[0] == "error: `project_name` cannot be `!!!`: no folder can have that name"
    done = fastkit("startdemo", "./demo", "--no-git", cwd=tmp_path, answers="\nshop\ny\n")
    assert (done.code, read(tmp_path / "shop")["a"]) == (0, "!!!")


def test_a_name_that_only_fastkit_asks_is_no_answer_to_the_template(tmp_path: Path) -> None:
    write(
        tmp_path / "demo",
        {"copier.yml": "slug: \"{{ project_name | default('none') }}\"", "a.jinja": "{{ slug }}"},
    )
    assert start(tmp_path, "--yes").code == 0
    assert read(tmp_path / "shop")["a"] == "none"


@pytest.mark.parametrize(
    ("config", "author"),
    [("author: Kim", "Kim"), ("author: ''", ""), ("author: {type: str}", "Grace")],
)
def test_the_templates_own_author_goes_before_gits(config: str, author: str, tmp_path: Path) -> None:
    write(
        tmp_path / "demo", {"copier.yml": config, "a.jinja": "{{ author }}", "git": "[user]\nname = Grace\n"}
    )
    env = {"GIT_CONFIG_GLOBAL": str(tmp_path / "demo/git")}
    words = ("startdemo", "./demo", "--project-name", "shop", "--yes", "--no-git")
    assert fastkit(*words, cwd=tmp_path, env=env).code == 0
    assert read(tmp_path / "shop")["a"] == author
