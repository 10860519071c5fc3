"""All the questions of a template, in order, and the name of the project's folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fastkit.answering.questionnaire import answered, chosen_manager, first_survey
from fastkit.catalog.questions import Answers, Check, Question
from fastkit.errors import InvalidAnswer, UnknownName
from tests.support.folders import read, write_template
from tests.support.projects import render


def ask_all(
    root: Path, config: str, ask: Any = None, show: Any = None, /, **given: Any
) -> tuple[str, Answers]:
    template = write_template(root / "demo", {"copier.yml": config})
    sandbox = template.sandbox(trusted=True, given=given)
    return answered(first_survey(template, (), given, sandbox, installs=False), ask, show)


CONFIG = "title: Shop\npackage_manager: {type: str, default: uv}\nport: 80\n"


def test_the_project_is_shown_before_its_package_manager_is_asked(tmp_path: Path) -> None:
    events: list[object] = []

    def ask(question: str, text: str, default: str | None, check: Check, **more: object) -> Any:
        events.append(question)
        return check(default or "shop")

    def show(questions: Sequence[Question], answers: Answers) -> None:
        events.append(dict(answers.values))

    name, answers = ask_all(tmp_path, CONFIG, ask, show)
    assert events == [
        *("project_name", "title"),
        {"project_name": "shop", "title": "Shop"},
        *("package_manager", "port"),
    ]
    assert (name, answers.values) == ("shop", {"title": "Shop", "package_manager": "uv", "port": 80})


def test_the_answers_are_the_same_where_nothing_is_shown(tmp_path: Path) -> None:
    shown = ask_all(tmp_path, CONFIG, None, lambda questions, answers: None, project_name="shop")
    assert ask_all(tmp_path, CONFIG, project_name="shop") == shown


def test_given_answers_come_first_as_copier_writes_them_down(tmp_path: Path) -> None:
    _, answers = ask_all(tmp_path, CONFIG, project_name="shop", port="81")
    assert [*answers.values] == ["port", "title", "package_manager"]


@pytest.mark.parametrize(("said", "name"), [("My.Shop", "My.Shop"), ("My Shop!", "my-shop")])
def test_the_folder_is_named_after_the_project(said: str, name: str, tmp_path: Path) -> None:
    assert ask_all(tmp_path, "project_name: {type: str}\n", project_name=said)[0] == name


def test_a_name_that_no_folder_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidAnswer, match="no folder can have that name"):
        ask_all(tmp_path, "project_name: {type: str}\n", project_name="!!!")


def test_an_answer_to_no_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="there is no question in `demo` called `prot`"):
        ask_all(tmp_path, CONFIG, project_name="shop", prot=1)


def test_a_package_manager_can_be_given_to_a_template_that_does_not_ask(tmp_path: Path) -> None:
    _, answers = ask_all(tmp_path, "title: Shop\n", project_name="shop", package_manager="pip")
    manager = chosen_manager(answers, {"package_manager": "pip"})
    assert manager
    assert manager.name == "pip"
    assert chosen_manager(answers, {}) is None


TITLE = "title: '{{ project_name | default(0) }}'"

TELLING = (
    "{{ project_name | default('nobody') }} {{ title }} {{ _copier_answers.project_name | default('-') }}"
)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("project_name: {type: str}", "shop shop shop"),
        ("project_name: {type: str, when: false, default: computed}", "computed computed -"),
        ("name: x", "nobody 0 -"),
    ],
    ids=["asked for", "computed", "not asked for"],
)
def test_the_name_of_the_folder_is_an_answer_only_where_the_template_asks_for_it(
    question: str, told: str, tmp_path: Path
) -> None:
    files = {"copier.yml": f"_subdirectory: project\n{question}\n{TITLE}\n", "project/a.txt.jinja": TELLING}
    project = render(write_template(tmp_path / "demo", files), {"project_name": "shop"}, tmp_path)
    assert project.name == "shop"
    assert read(project)["a.txt"] == told
