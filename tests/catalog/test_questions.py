"""Questions as a template writes them."""

from typing import Any

import pytest

from fastkit.catalog.questions import MISSING, Answers, Question, option_for, read_questions, split, type_of


def read_one(details: Any) -> Question:
    (question,) = read_questions({"one": details})
    return question


def test_questions_keep_the_order_of_the_file_and_settings_are_not_questions() -> None:
    config = {"_subdirectory": "project", "zebra": "z", "apple": {"type": "str"}, "_envops": {}, "mango": 1}
    assert [question.name for question in read_questions(config)] == ["zebra", "apple", "mango"]


def test_a_short_question_is_its_default() -> None:
    assert read_one("sqlite") == Question("one", "str", default="sqlite")


def test_a_long_question_keeps_all_of_its_settings() -> None:
    details = {
        "type": "int",
        "help": "  Which port?\n",
        "default": 8000,
        "choices": [8000, 9000],
        "multiselect": False,
        "when": "{{ web }}",
        "ask": False,
        "validator": "{% if one < 1 %}too small{% endif %}",
        "secret": True,
        "placeholder": "8000",
    }
    assert read_one(details) == Question(
        name="one",
        type="int",
        help="Which port?",
        default=8000,
        choices=[8000, 9000],
        when="{{ web }}",
        ask=False,
        validator="{% if one < 1 %}too small{% endif %}",
        secret=True,
        placeholder="8000",
    )


def test_a_question_without_default_has_none_at_all() -> None:
    assert read_one({"type": "str"}).default is MISSING
    assert read_one({"type": "yaml", "default": None}).default is None


@pytest.mark.parametrize(
    ("default", "name"),
    [
        ("a", "str"),
        (1, "int"),
        (1.5, "float"),
        (True, "bool"),
        ([1], "yaml"),
        (None, "yaml"),
        (MISSING, "yaml"),
    ],
)
def test_a_question_without_type_has_that_of_its_default(default: Any, name: str) -> None:
    assert type_of(default) == name


def test_secret_questions_can_be_listed_in_a_setting() -> None:
    config = {"_secret_questions": ["token"], "token": "t", "name": "n"}
    assert [question.secret for question in read_questions(config)] == [True, False]


def test_questions_split_before_the_package_manager() -> None:
    names = ["name", "package_manager", "database"]
    questions = [Question(name) for name in names]
    first, rest = split(questions)
    assert [question.name for question in first] == ["name"]
    assert [question.name for question in rest] == ["package_manager", "database"]


def test_without_a_package_manager_all_questions_come_first() -> None:
    first, rest = split([Question("name"), Question("database")])
    assert [question.name for question in first] == ["name", "database"]
    assert rest == ()


@pytest.mark.parametrize(
    ("question", "option"),
    [
        ("project_name", "--project-name"),
        ("author_email", "--author-email"),
        ("package_manager", "--package-manager"),
        ("database_url", "--set database_url=VALUE"),
    ],
)
def test_every_question_has_an_option(question: str, option: str) -> None:
    assert option_for(question) == option


def test_later_answers_win_and_secrets_add_up() -> None:
    first = Answers({"a": 1, "b": 1}, {"x": 1}, frozenset({"a"}))
    later = Answers({"b": 2, "c": 3}, {"x": 2}, frozenset({"c"}))
    assert first | later == Answers({"a": 1, "b": 2, "c": 3}, {"x": 2}, frozenset({"a", "c"}))


def test_secret_answers_are_not_public() -> None:
    assert Answers({"name": "shop", "token": "t"}, secret=frozenset({"token"})).public == {"name": "shop"}


def test_a_missing_answer_is_empty_as_text() -> None:
    answers = Answers({"port": 80})
    assert answers.text("port") == "80"
    assert answers.text("author") == ""


def test_a_template_file_can_name_answers_and_what_is_computed_from_them() -> None:
    assert Answers({"a": 1}, {"a": 0, "b": 2}).context == {"a": 1, "b": 2}
