"""copier.yml as fastkit reads it: its documents merged, its settings checked, fastkit's questions added."""

import os
import sys
from pathlib import Path

import pytest
import yaml

from fastkit.catalog.questions import COMMON_QUESTIONS, Answers
from fastkit.catalog.seams import PARTS
from fastkit.catalog.template import load_template
from fastkit.computing import limits
from fastkit.errors import TemplateError
from fastkit.package_managers import PACKAGE_MANAGERS
from fastkit.plan import Recipe
from fastkit.rendering.with_copier import with_layers
from tests.support.folders import write, write_template


def config_of(tmp_path: Path, **files: str) -> dict[str, object]:
    names = {"copier": "copier.yml", "more": "more.yml", "other": "parts/other.yml"}
    folder = write(tmp_path / "demo", {names.get(name, f"{name}.yml"): text for name, text in files.items()})
    return dict(load_template("demo", folder, "folder").config)


def test_documents_are_merged_and_later_ones_win(tmp_path: Path) -> None:
    text = "a: 1\nb: 1\n_exclude: [x]\n---\nb: 2\n_exclude: [y]\n---\n"
    assert config_of(tmp_path, copier=text) == {"a": 1, "b": 2, "_exclude": ["x", "y"]}


def test_an_included_file_takes_its_place_among_the_documents(tmp_path: Path) -> None:
    text = "a: 1\nb: 1\n---\n!include more.yml\n---\nc: 3\n"
    assert config_of(tmp_path, copier=text, more="b: 2\nc: 2") == {"a": 1, "b": 2, "c": 3}


def test_included_files_may_be_a_pattern_and_include_others(tmp_path: Path) -> None:
    files = {"copier": "!include more*.yml", "more": "a: 1\n---\n!include parts/*.yml", "other": "b: 2"}
    assert config_of(tmp_path, **files) == {"a": 1, "b": 2}


@pytest.mark.parametrize("path", ["../secret.yml", "parts/../../secret.yml", "link.yml"])
def test_a_file_outside_the_template_is_not_included(path: str, tmp_path: Path) -> None:
    write(tmp_path, {"secret.yml": "a: 1", "demo/parts/x": "", "demo/link.yml": "-> ../secret.yml"})
    with pytest.raises(TemplateError) as error:
        config_of(tmp_path, copier=f"!include {path}")
    assert error.value.message == f"demo/copier.yml:1: includes `{path}`, which is outside the template"


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("*/*/*/*.yml", "is not a mapping"),
        ("**/**/**/*a*a*a*a*a*b*", "is not a mapping"),
        ("p/**/*.yml", "copier.yml:1: includes `p/**/*.yml` from a folder that has more than 100 files"),
        ("out/*.yml", "is not a mapping"),
    ],
)
def test_the_work_for_a_pattern_is_limited(
    pattern: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 100)
    links = {f"demo/{number}": "-> ." for number in range(90)}
    many = {f"demo/p/{'a' * 100}{number}": "" for number in range(101)} if pattern[0] == "p" else {}
    write(tmp_path, {"secret.yml": "a: 1", "demo/out": "-> ..", **links, **many})
    with pytest.raises(TemplateError) as error:
        config_of(tmp_path, copier=f'!include "{pattern}"\n---\nx\n')
    assert problem in error.value.message


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
def test_an_included_pipe_is_refused_at_once(tmp_path: Path) -> None:
    write(tmp_path, {"demo/x": ""})
    os.mkfifo(tmp_path / "demo/pipe.yml")
    with pytest.raises(TemplateError, match=r"pipe\.yml: cannot be read"):
        config_of(tmp_path, copier="!include pipe.yml")


def test_an_included_folder_is_one_error(tmp_path: Path) -> None:
    write(tmp_path, {"demo/parts/other.yml": "a: 1"})
    with pytest.raises(TemplateError) as error:
        config_of(tmp_path, copier="!include parts")
    assert error.value.message == "demo/parts: cannot be read: is not a file"


def test_the_size_of_all_included_files_together_is_limited(tmp_path: Path) -> None:
    files = {f"more{number}": f"a: {'x' * 200_000}" for number in range(5)}
    with pytest.raises(TemplateError, match="has more than 1,000,000 bytes with the files"):
        config_of(tmp_path, copier="!include more*.yml", **files)


def test_no_absolute_path_is_included(tmp_path: Path) -> None:
    with pytest.raises(TemplateError):
        config_of(tmp_path, copier="!include /etc/passwd")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\nb: [\n", 3, "is not YAML: "),
        ("a: 1\nb: !python/name:os.system x\n", 2, "is not YAML: could not"),
    ],
)
def test_invalid_yaml_is_reported_with_file_and_line(
    text: str, line: int, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(TemplateError) as error:
        config_of(tmp_path, copier=text)
    assert error.value.message.startswith(f"demo/copier.yml:{line}: {problem}")
    assert len(error.value.message.splitlines()) == 1


def test_invalid_yaml_in_an_included_file_is_reported_there(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"^demo/more\.yml:3: is not YAML"):
        config_of(tmp_path, copier="!include more.yml", more="a: 1\n\nb: ]\n")


def test_invalid_utf_8_is_reported_in_one_line(tmp_path: Path) -> None:
    folder = write(tmp_path / "demo", {"copier.yml": b"a: \xff\n"})
    with pytest.raises(TemplateError) as error:
        load_template("demo", folder, "folder")
    assert len(error.value.message.splitlines()) == 1


@pytest.mark.parametrize("text", ["just text", "- [a]\n", "42"])
def test_a_copier_yml_must_be_a_mapping(text: str, tmp_path: Path) -> None:
    with pytest.raises(TemplateError) as error:
        config_of(tmp_path, copier=text)
    assert error.value.message == "demo/copier.yml: is not a mapping of settings and questions"


def test_an_empty_file_is_a_template_that_asks_nothing(tmp_path: Path) -> None:
    assert config_of(tmp_path, copier="") == {}


# The questions that fastkit adds.

ADDS = "_fastkit: {common_questions: true}\nname: {type: str}\n"


def test_the_common_questions_come_before_the_templates_own(tmp_path: Path) -> None:
    template = write_template(tmp_path / "demo", {"copier.yml": ADDS})
    names = [question.name for question in template.questions]
    assert names == ["project_name", "author", "author_email", "description", "package_manager", "name"]


def test_a_common_question_that_the_template_writes_wins_in_its_usual_place(tmp_path: Path) -> None:
    config = ADDS + "author: {type: str, default: Ada}\n"
    template = write_template(tmp_path / "demo", {"copier.yml": config})
    assert [(q.name, q.default) for q in template.questions][1] == ("author", "Ada")
    assert len(template.questions) == 6


def test_no_question_is_added_without_the_setting(tmp_path: Path) -> None:
    template = write_template(tmp_path / "demo", {"copier.yml": "_fastkit: {title: x}\nname: {type: str}\n"})
    assert [question.name for question in template.questions] == ["name"]


def test_a_template_with_features_computes_what_fastkit_knows_of_them(tmp_path: Path) -> None:
    template = write_template(tmp_path / "demo", {"copier.yml": "_fastkit: {features: [docker]}\n"})
    names = ("readme", "dependencies", "dev_dependencies", *PARTS)
    assert {question.name: question.when for question in template.questions} == {
        "features": False,
        **{f"features_{name}": False for name in names},
    }


def test_every_package_manager_can_be_answered() -> None:
    assert COMMON_QUESTIONS["package_manager"]["choices"] == [*PACKAGE_MANAGERS]


def test_copier_is_given_a_copier_yml_with_the_questions_that_are_added(tmp_path: Path) -> None:
    template = write_template(tmp_path / "demo", {"copier.yml": f"---\n{ADDS}"})
    recipe = Recipe(template, Answers(), "shop")
    text = (with_layers(recipe, tmp_path / "copy") / "copier.yml").read_text("utf-8")
    first, own = (document for document in yaml.safe_load_all(text) if document)
    assert (first, [*own]) == (dict(COMMON_QUESTIONS), ["_fastkit", "name"])
