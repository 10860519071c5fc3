"""Questions answered: by what was given, by defaults, or by a person."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from fastkit.answering.rules import Rule, common_rules
from fastkit.answering.survey import Survey
from fastkit.catalog.questions import Answers, Check, Options
from fastkit.catalog.template import Template
from fastkit.computing.texts import Sandbox
from fastkit.errors import InvalidAnswer, MissingAnswer, TemplateError, UsageError
from fastkit.rendering.with_copier import import_copier
from tests.support.folders import write


def survey(
    config: str,
    given: Mapping[str, Any] | None = None,
    defaults: Mapping[str, str] | None = None,
    rules: Mapping[str, Rule] | None = None,
) -> Survey:
    template = Template("demo", Path(), "folder", yaml.safe_load(config))
    return Survey(template, given or {}, Sandbox(template.envops), defaults or {}, rules or {})


class Person:
    """Types what the test says, question by question, and remembers what was shown."""

    def __init__(self, **typed: str | list[str]) -> None:
        self.typed = {name: [text] if isinstance(text, str) else [*text] for name, text in typed.items()}
        self.shown: dict[str, tuple[str, str | None]] = {}
        self.complaints: list[str] = []

    def __call__(
        self,
        question: str,
        text: str,
        default: str | None,
        check: Check,
        *,
        secret: bool,
        multiline: bool,
        options: Options | None,
    ) -> Any:
        self.shown[question] = (text, default)
        while True:
            typed = self.typed[question].pop(0) if self.typed.get(question) else default or ""
            try:
                return check(typed)
            except InvalidAnswer as error:
                self.complaints.append(error.message)
                if not self.typed.get(question):
                    raise


def answers(config: str, person: Person | None = None, /, **given: Any) -> dict[str, Any]:
    asked = survey(config, given)
    return dict(asked.answer(asked.template.questions, Answers(), person).values)


# Types.


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("str", "8000", "8000"),
        ("str", 8000, "8000"),
        ("str", "", ""),
        ("path", "a/b", "a/b"),
        ("int", "8000", 8000),
        ("int", 8000, 8000),
        ("int", " -1 ", -1),
        ("float", "1.5", 1.5),
        ("float", 2, 2.0),
        ("bool", "y", True),
        ("bool", "Yes", True),
        ("bool", "on", True),
        ("bool", "1", True),
        ("bool", True, True),
        ("bool", "n", False),
        ("bool", "FALSE", False),
        ("bool", "off", False),
        ("bool", "0", False),
        ("bool", False, False),
        ("json", '{"a": [1, null]}', {"a": [1, None]}),
        ("json", {"a": 1}, {"a": 1}),
        ("yaml", "{a: [1, ~]}", {"a": [1, None]}),
        ("yaml", "text", "text"),
        ("yaml", ["a"], ["a"]),
    ],
)
def test_a_given_answer_takes_the_type_of_its_question(kind: str, given: Any, value: Any) -> None:
    found = answers(f"one: {{type: {kind}}}", one=given)["one"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "given", "reason"),
    [
        ("int", "eight", "cannot be `eight`: it takes a whole number"),
        ("int", "1.5", "cannot be `1.5`: it takes a whole number"),
        ("int", "", "cannot be ``: it takes a whole number"),
        ("int", [1], "cannot be `[1]`: it takes a whole number"),
        ("float", "much", "cannot be `much`: it takes a number"),
        ("bool", "perhaps", "cannot be `perhaps`: it takes yes or no"),
        ("bool", "", "cannot be ``: it takes yes or no"),
        ("json", "{a: 1}", "cannot be `{a: 1}`: it takes JSON"),
        ("yaml", "[a", "cannot be `[a`: it takes YAML"),
    ],
)
def test_an_answer_of_another_type_is_refused(kind: str, given: Any, reason: str) -> None:
    with pytest.raises(InvalidAnswer) as refusal:
        answers(f"one: {{type: {kind}}}", one=given)
    assert refusal.value.message == f"`one` {reason}"


def test_no_answer_at_all_is_no_text() -> None:
    with pytest.raises(InvalidAnswer):
        answers("author: {type: str}", author=None)


@pytest.mark.parametrize(
    "given",
    [
        float("nan"),
        float("inf"),
    ],
)
def test_a_number_that_is_none_is_no_whole_number(given: float) -> None:
    with pytest.raises(InvalidAnswer, match="it takes a whole number"):
        answers("port: {type: int}", port=given)


def test_an_unknown_type_is_the_templates_fault() -> None:
    with pytest.raises(TemplateError) as error:
        answers("one: {type: colour}", one="red")
    assert error.value.message == (
        "demo/copier.yml: `type` of `one` has the unknown type `colour`; "
        "there are str, int, float, bool, json, yaml, path"
    )


def test_a_type_may_be_a_template() -> None:
    assert answers("many: true\none: {type: \"{{ 'int' if many else 'str' }}\"}", one="3")["one"] == 3


# Choices.

CHOICES = {
    "a list": "db: {choices: [sqlite, postgres]}",
    "a dict": "db: {type: str, choices: {SQLite 3: sqlite, PostgreSQL: postgres}}",
    "pairs": "db: {type: str, choices: [[SQLite 3, sqlite], [PostgreSQL, postgres]]}",
    "text": "db: {choices: \"{% for name in ['sqlite', 'postgres'] %}- {{ name }}\\n{% endfor %}\"}",
    "a dict with details": "db: {type: str, choices: {SQLite 3: {value: sqlite}, Other: {value: postgres}}}",
    "templates": "kind: lite\ndb: {type: str, choices: ['sq{{ kind }}', postgres]}",
}


@pytest.mark.parametrize("form", CHOICES)
def test_choices_may_be_written_in_several_forms(form: str) -> None:
    assert answers(CHOICES[form], db="sqlite")["db"] == "sqlite"
    assert answers(CHOICES[form], db=" postgres ")["db"] == "postgres"
    with pytest.raises(InvalidAnswer, match=r"^`db` cannot be `mysql`; choose from `"):
        answers(CHOICES[form], db="mysql")


def test_a_choice_may_be_named_by_its_label_or_by_its_value() -> None:
    config = "port: {type: int, choices: {Standard: 80, Other: 8080}, default: 80}"
    for word in ("Standard", "80", 80):
        assert answers(config, port=word)["port"] == 80
    assert answers(config)["port"] == 80


def test_a_wrong_choice_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InvalidAnswer) as refusal:
        answers("db: {choices: [sqlite, postgres]}", db="mysql")
    assert refusal.value.message == "`db` cannot be `mysql`; choose from `sqlite`, `postgres`"


VALIDATED = """
cloud: {type: bool, default: false}
db:
  type: str
  choices:
    SQLite: {value: sqlite, validator: "{% if cloud %}the cloud keeps no files{% endif %}"}
    PostgreSQL: {value: postgres}
"""


def test_a_choice_that_the_other_answers_rule_out_says_why() -> None:
    assert answers(VALIDATED, db="sqlite")["db"] == "sqlite"
    with pytest.raises(InvalidAnswer) as refusal:
        answers(VALIDATED, cloud=True, db="sqlite")
    assert refusal.value.message == "`db` cannot be `SQLite`: the cloud keeps no files"
    with pytest.raises(InvalidAnswer, match=r"choose from `PostgreSQL`$"):
        answers(VALIDATED, cloud=True, db="mysql")


SEVERAL = "tags: {type: str, multiselect: true, choices: {A: a, B: b, C: c}, default: [b]}"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (["c", "a"], ["a", "c"]),
        ("c,a", ["a", "c"]),
        (" A , C ", ["a", "c"]),
        ("[c, a]", ["a", "c"]),
        ("a,a", ["a"]),
        ([], []),
        ("[]", []),
        ("", []),
    ],
)
def test_several_choices_come_in_the_templates_order(given: Any, value: list[str]) -> None:
    assert answers(SEVERAL, tags=given)["tags"] == value


def test_several_choices_default_to_a_list() -> None:
    assert answers(SEVERAL)["tags"] == ["b"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("a,x", "cannot be `x`"),
        (7, "must be a list"),
        ("[a", "must be a list"),
    ],
)
def test_a_wrong_one_of_several_choices_is_refused(given: Any, reason: str) -> None:
    with pytest.raises(InvalidAnswer, match=reason):
        answers(SEVERAL, tags=given)


# Conditions.

CONDITION = """
web: {type: bool, default: true}
port: {type: int, default: 80, when: "{{ web }}"}
address: {type: str, default: "at {{ port }}"}
"""


def test_a_question_that_does_not_apply_has_no_answer_and_lends_its_default_to_later_ones() -> None:
    assert answers(CONDITION) == {"web": True, "port": 80, "address": "at 80"}
    assert answers(CONDITION, web="no") == {"web": False, "address": "at 80"}


def test_an_answer_to_a_question_that_does_not_apply_is_refused() -> None:
    with pytest.raises(UsageError) as error:
        answers(CONDITION, web=False, port=8080)
    assert error.value.message == "`port` is not asked, given the other answers"


@pytest.mark.parametrize(
    "when", ["false", "'no'", "''", "'{{ 0 }}'", "'{{ none }}'", "'{% if false %}x{% endif %}'"]
)
def test_what_is_false_to_copier_is_false_here(when: str) -> None:
    assert answers(f"one: {{default: a, when: {when}}}") == {}


@pytest.mark.parametrize("when", ["true", "'yes'", "'anything'", "'{{ 2 }}'", "'{{ [1] }}'"])
def test_what_is_true_to_copier_is_true_here(when: str) -> None:
    assert answers(f"one: {{default: a, when: {when}}}") == {"one": "a"}


def test_a_person_is_not_asked_what_is_not_to_be_asked() -> None:
    person = Person()
    assert answers("one: {default: a, ask: false}\ntwo: {default: b}", person) == {"one": "a", "two": "b"}
    assert list(person.shown) == ["two"]


def test_a_computed_value_is_nobodys_answer() -> None:
    config = "name: shop\nslug: {type: str, when: false, default: '{{ name }}-x'}\nurl: '/{{ slug }}/'"
    person = Person()
    assert answers(config, person) == {"name": "shop", "url": "/shop-x/"}
    assert list(person.shown) == ["name", "url"]


def test_a_hidden_number_is_a_number_to_later_questions() -> None:
    config = "a: {type: int, when: false, default: '{{ 40 + 1 }}'}\nnext: {type: int, default: '{{ a + 1 }}'}"
    assert answers(config) == {"next": 42}


def test_a_hidden_question_without_default_is_undefined_to_later_ones() -> None:
    config = "gone: {type: str, when: false}\nseen: {type: str, default: '{{ gone is defined }}'}"
    assert answers(config) == {"seen": "False"}


# Defaults.


def test_a_default_may_be_made_of_earlier_answers() -> None:
    assert answers("name: shop\nurl: 'https://{{ name }}.example'", name="x")["url"] == "https://x.example"


def test_a_default_takes_the_questions_type() -> None:
    assert answers("one: {type: int, default: '{{ 40 + 2 }}'}")["one"] == 42


def test_without_default_and_without_a_person_the_missing_answer_is_named() -> None:
    with pytest.raises(MissingAnswer) as error:
        answers("database_url: {type: str}")
    assert error.value.message == "no answer for `database_url`"
    assert error.value.hint == "pass --set database_url=VALUE"


UNSET = "web: {type: bool}\nport: {type: str, default: \"{{ '80' if web else UNSET }}\"}"


def test_an_unset_default_is_none() -> None:
    assert answers(UNSET, web=True)["port"] == "80"
    with pytest.raises(MissingAnswer, match="no answer for `port`"):
        answers(UNSET, web=False)


def test_an_unset_default_is_not_shown_to_a_person() -> None:
    person = Person(port="90")
    assert answers(UNSET, person, web=False)["port"] == "90"
    assert person.shown["port"] == ("port", None)


def test_what_fastkit_knows_is_better_than_the_templates_default() -> None:
    asked = survey("author: nobody", defaults={"author": "Ada"})
    assert asked.answer(asked.template.questions, Answers(), None).values == {"author": "Ada"}


@pytest.mark.parametrize(
    ("config", "value"),
    [
        ("author: {type: str, default: Kim}", "Kim"),
        ("author: ''", ""),
        ("author: {type: str}", "Ada"),
        ("author: {type: str, default: '{{ UNSET }}'}", "Ada"),
    ],
)
def test_the_templates_default_goes_before_what_git_knows(config: str, value: str) -> None:
    asked = replace(survey(config), fallbacks={"author": "Ada"})
    assert asked.answer(asked.template.questions, Answers(), None).values == {"author": value}


def test_what_breaks_a_rule_is_no_default() -> None:
    asked = survey("author_email: ''", {}, {"author_email": "ada"}, common_rules(frozenset()))
    with pytest.raises(MissingAnswer):
        asked.answer(asked.template.questions, Answers(), None)
    asked = replace(asked, fallbacks={"author_email": "ada@example.com"})
    assert asked.answer(asked.template.questions, Answers(), None).values == {
        "author_email": "ada@example.com"
    }


@pytest.mark.parametrize(
    "config",
    [
        "project_name: My Package",
        "project_name: {type: str, placeholder: My Package}",
        "who: My\nproject_name: '{{ who }} Package'",
    ],
)
def test_a_rule_gives_way_to_what_the_template_offers_itself(config: str) -> None:
    rules = common_rules(frozenset())
    asked = survey(config, {"project_name": "Another Title"}, rules=rules)
    assert asked.answer(asked.template.questions, Answers(), None).values["project_name"] == "Another Title"
    strict = survey("project_name: {type: str, default: plain}", {"project_name": "A Title"}, rules=rules)
    with pytest.raises(InvalidAnswer):
        strict.answer(strict.template.questions, Answers(), None)


def test_a_default_that_cannot_be_rendered_is_the_templates_fault() -> None:
    config = "_envops: {undefined: jinja2.StrictUndefined}\nurl: '{{ nothing }}'"
    with pytest.raises(TemplateError) as error:
        answers(config)
    assert error.value.message.startswith("demo/copier.yml: `default` of `url` cannot be rendered: ")


def test_other_braces_make_a_template_where_the_template_says_so() -> None:
    config = "_envops: {variable_start_string: '[[', variable_end_string: ']]'}\na: x\nb: '[[ a ]] {{ a }}'"
    assert answers(config)["b"] == "x {{ a }}"


def test_a_given_answer_is_never_a_template() -> None:
    assert answers("author: {type: str}", author="{{ 7 * 6 }}")["author"] == "{{ 7 * 6 }}"


def test_a_templates_python_cannot_be_reached() -> None:
    with pytest.raises(TemplateError, match="`default` of `a` cannot be rendered"):
        answers("a: \"{{ ''.__class__.__mro__[1].__subclasses__() }}\"")


# Validators and rules.

PORT = "port: {type: int, validator: '{% if port < 1024 %}take a port above {{ 1023 }}{% endif %}'}"


def test_a_validator_refuses_with_its_own_words() -> None:
    assert answers(PORT, port="8000")["port"] == 8000
    with pytest.raises(InvalidAnswer) as refusal:
        answers(PORT, port="80")
    assert refusal.value.message == "`port` is not valid: take a port above 1023"


def test_a_rule_binds_whatever_the_template_says() -> None:
    asked = survey("author: {type: str}", {"author": " Ada\x1b[1m "}, rules=common_rules(frozenset()))
    with pytest.raises(InvalidAnswer, match=r"U\+001B"):
        asked.answer(asked.template.questions, Answers(), None)


def test_a_validator_sees_what_the_rule_has_made_of_the_text() -> None:
    config = "author: {type: str, validator: '{% if author != \"Ada\" %}it is {{ author }}{% endif %}'}"
    asked = survey(config, {"author": "  Ada "}, rules=common_rules(frozenset()))
    assert asked.answer(asked.template.questions, Answers(), None).values == {"author": "Ada"}


def test_given_answers_are_refused_before_the_first_question() -> None:
    with pytest.raises(InvalidAnswer, match="`port`"):
        survey("name: {type: str}\nport: {type: int}", {"port": "x"}).check_given()
    with pytest.raises(InvalidAnswer, match="`db`"):
        survey("name: {type: str}\ndb: {choices: [a, b]}", {"db": "c"}).check_given()


def test_what_depends_on_other_answers_waits_for_them() -> None:
    survey("a: {type: str}\nb: {type: str, choices: ['{{ a }}']}", {"b": "x"}).check_given()
    survey("a: {type: bool}\nb: {type: int, when: '{{ a }}'}", {"b": "x"}).check_given()


# A person.


def test_a_person_sees_text_choices_and_default_and_takes_the_default_by_typing_nothing() -> None:
    config = """
    db: {type: str, help: "Which\\n  database?", choices: {SQLite 3: sqlite, PostgreSQL: pg}, default: sqlite}
    tags: {type: str, multiselect: true, choices: {A: a, B: b}, default: [a, b]}
    web: {type: bool, default: true, help: "For {{ db }}?"}
    port: {type: int, default: 80}
    more: {type: json, default: {a: é}}
    name: {type: str}
    """
    person = Person(name="x")
    assert answers(config, person) == {
        "db": "sqlite",
        "tags": ["a", "b"],
        "web": True,
        "port": 80,
        "more": {"a": "é"},
        "name": "x",
    }
    assert person.shown == {
        "db": ("Which database? (SQLite 3, PostgreSQL)", "SQLite 3"),
        "tags": ("tags (A, B, several with commas)", "A, B"),
        "web": ("For sqlite?", "y"),
        "port": ("port", "80"),
        "more": ("more", '{"a": "é"}'),
        "name": ("name", None),
    }


def test_a_person_is_asked_again_until_the_answer_passes() -> None:
    person = Person(port=["eight", "80", "8000"])
    assert answers(PORT, person) == {"port": 8000}
    assert person.complaints == [
        "`port` cannot be `eight`: it takes a whole number",
        "`port` is not valid: take a port above 1023",
    ]


def test_a_person_is_not_asked_what_was_given() -> None:
    person = Person(b="2")
    assert answers("a: {type: int}\nb: {type: int}", person, a="1") == {"a": 1, "b": 2}
    assert list(person.shown) == ["b"]


def test_a_choice_that_is_ruled_out_is_not_offered() -> None:
    person = Person(db="PostgreSQL")
    answers(VALIDATED, person, cloud=True)
    assert person.shown["db"] == ("db (PostgreSQL)", None)


def test_a_secret_answer_is_kept_out_of_the_public_ones() -> None:
    asked = survey("token: {type: str, secret: true, default: t}\nname: shop")
    found = asked.answer(asked.template.questions, Answers(), None)
    assert found.values == {"token": "t", "name": "shop"}
    assert found.public == {"name": "shop"}


def test_the_second_half_of_a_survey_knows_the_first() -> None:
    asked = survey("name: shop\nurl: '{{ name }}.example'")
    first = asked.answer(asked.template.questions[:1], Answers(), None)
    assert asked.answer(asked.template.questions[1:], first, None).values == {
        "name": "shop",
        "url": "shop.example",
    }


# The same as copier.

LIKE_COPIER: dict[str, tuple[str, dict[str, Any]]] = {
    "types": (
        "a: {type: int}\nb: {type: float}\nc: {type: bool}\nd: {type: json}\ne: {type: yaml}\nf: {type: str}",
        {"a": "7", "b": "1.5", "c": "yes", "d": '{"x": [1]}', "e": "{x: [1]}", "f": "7"},
    ),
    "types of short questions": ("a: 1\nb: 1.5\nc: true\nd: x\ne: [1, 2]\nf: null", {}),
    "templated defaults": (
        """
        a: shop
        b: '{{ a | upper }}'
        c: {type: int, default: '{{ 6 * 7 }}'}
        d: {type: yaml, default: '[{{ a }}, 1]'}
        """,
        {"a": "mart"},
    ),
    "choices of a dict": ("db: {type: str, choices: {Lite: sqlite, Post: pg}, default: pg}", {}),
    "choices of pairs": ("db: {type: int, choices: [[One, 1], [Two, 2]], default: 2}", {}),
    "choices of text": ("db: {type: str, choices: \"[a, '{{ 'b' }}']\", default: b}", {}),
    "several choices": (
        "t: {type: str, multiselect: true, choices: [a, b, c], default: [c, a]}",
        {"t": ["c", "b"]},
    ),
    "several choices by default": (
        "t: {type: str, multiselect: true, choices: [a, b, c], default: [c, a]}",
        {},
    ),
    "several choices from text": (
        "t: {type: int, multiselect: true, choices: [1, 2, 3], default: '[3, {{ 1 }}]'}",
        {},
    ),
    "conditions": (
        """
        a: false
        b: {type: str, default: x, when: '{{ a }}'}
        c: {type: str, default: y, when: '{{ not a }}'}
        """,
        {},
    ),
    "computed": (
        "a: 2\nb: {type: int, when: false, default: '{{ a * 3 }}'}\nc: {type: str, default: 'is {{ b }}'}",
        {},
    ),
    "computed from computed": (
        """
        b: {type: int, when: false, default: '{{ 40 + 1 }}'}
        c: {type: int, when: false, default: '{{ b + 1 }}'}
        d: {type: int, default: '{{ c + 1 }}'}
        """,
        {},
    ),
    "hidden without default": (
        "a: {type: str, when: false}\nb: {type: str, default: '{{ a is defined }}'}",
        {},
    ),
    "filters": ("a: My Shop\nb: \"{{ a | regex_replace('[^a-z]', '-') | lower }}\"", {}),
    "newline at the end": ("a: \"{{ 'x' }}\\n\"\nb: \"{{ 'x' }}\\n\\n\"", {}),
    "not asked": ("a: {type: str, default: x, ask: false}\nb: '{{ a }}'", {}),
}


def copied(folder: Path, data: Mapping[str, Any]) -> Any:
    copier = import_copier()
    target = folder.parent / f"{len([*folder.parent.iterdir()])}"
    copier.run_copy(
        str(folder), target, data=dict(data), defaults=True, quiet=True, settings=copier.Settings()
    )
    return json.loads((target / "answers.json").read_text())


@pytest.mark.parametrize("case", LIKE_COPIER)
def test_answers_are_those_that_copier_would_take(case: str, tmp_path: Path) -> None:
    config, given = LIKE_COPIER[case]
    names = [question.name for question in survey(config).template.questions]
    lines = ",".join(f'"{name}": {{{{ {name} | default("-") | to_json }}}}' for name in names)
    folder = write(tmp_path / "demo", {"copier.yml": config, "answers.json.jinja": f"{{{lines}}}"})
    by_copier = copied(folder, given)
    ours = answers(config, **given)
    assert {name: by_copier[name] for name in ours} == ours
    assert copied(folder, ours) == by_copier


@pytest.mark.parametrize("kind", ["json", "yaml", "int"])
def test_a_value_that_nests_too_deep_is_refused(kind: str) -> None:
    text = "[" * 100_000
    with pytest.raises(InvalidAnswer) as error:
        survey(f"a: {{type: {kind}}}", {"a": text}).check_given()
    assert error.value.message.startswith(f"`a` cannot be `{'[' * 59}…`: it takes ")


def test_an_error_names_fifty_choices_and_how_many_there_are() -> None:
    choices = [f"c{number}" for number in range(60)]
    with pytest.raises(InvalidAnswer) as error:
        survey(f"a: {{type: str, choices: {choices}}}", {"a": "x"}).check_given()
    assert "`c0`, " in error.value.message
    assert error.value.message.endswith("`c49`, and 10 more")
