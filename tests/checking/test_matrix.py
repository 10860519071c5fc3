"""The projects that a template is checked with."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fastkit.catalog.find import find_template
from fastkit.checking import matrix
from fastkit.checking.check import check
from fastkit.checking.matrix import make_matrix
from tests.support.folders import write
from tests.support.good_template import COPIER_YML, GOOD, PYPROJECT, findings, only, with_line


def test_a_value_that_is_not_escaped_is_reported_with_the_answers_that_break_the_file(tmp_path: Path) -> None:
    pasted = PYPROJECT.replace("{{ description | to_json(ensure_ascii=false) }}", '"{{ description }}"')
    found = only(findings(tmp_path, {"project/pyproject.toml.jinja": pasted}))
    assert found.answers == ("quotes in description",)
    assert found.message.startswith("`pyproject.toml`, line 3 as rendered: is not valid TOML")
    assert found.hint == "write values with `{{ value | to_json(ensure_ascii=false) }}`"


def test_a_fault_that_one_choice_causes_names_that_answer(tmp_path: Path) -> None:
    text = "{% if database == 'sqlite' %}{{ database / 2 }}{% endif %}\n"
    found = only(findings(tmp_path, {"project/x.txt.jinja": text}))
    assert (found.check, found.answers) == ("render", ("database=sqlite",))
    assert found.place == "project/x.txt.jinja:1"


def test_a_question_that_depends_on_an_answer_is_varied_too(tmp_path: Path) -> None:
    files = with_line("pool: {type: bool, default: false, when: \"{{ database == 'sqlite' }}\"}")
    files["project/x.txt.jinja"] = "{% if pool | default(false) %}{{ 1 / 0 }}{% endif %}\n"
    assert only(findings(tmp_path, files)).answers == ("database=sqlite, pool=true",)


def test_the_number_of_projects_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "MOST_PROJECTS", 3)
    choices = [f"x{number}" for number in range(50)]
    question = f"q: {{type: str, default: x0, choices: {json.dumps(choices)}}}"
    found = only(findings(tmp_path, with_line(question)))
    assert found.message == "makes more than 3 kinds of projects; the others were not checked"
    assert found.place == "copier.yml"


OFFERS = COPIER_YML.replace("  title:", "  features: [box, robot, lean]\n  title:")

FEATURES = {
    "copier.yml": OFFERS,
    "features/box/feature.yml": "title: Box\n",
    "features/box/project/Dockerfile": "FROM python:3.13\n",
    "features/robot/feature.yml": "title: Robot\nrequires: [box]\n",
    "features/robot/project/robot.yml": "a: 1\n",
    "features/lean/feature.yml": "title: Lean\nconflicts: [robot]\n",
    "features/lean/project/lean.txt": "a\n",
}


def test_each_feature_and_each_pair_without_conflicts_is_a_project(tmp_path: Path) -> None:
    write(tmp_path / "shop", {**GOOD, **FEATURES})
    template = find_template(str(tmp_path / "shop"))
    result = check(template, {}, trust=False, advance=lambda done, total: None)
    assert result.findings == ()
    assert [case.name for case in result.cases if case.name.startswith("with")] == [
        "with box",
        "with box, robot",
        "with lean",
        "with box, lean",
    ]


def test_a_feature_that_requires_another_is_rendered_twice_like_any_other(tmp_path: Path) -> None:
    shuffled = "{{ 'abcdefghijklm' | list | shuffle | join }}\n"
    found = findings(tmp_path, {**FEATURES, "features/robot/project/robot.txt.jinja": shuffled})
    assert ("two renders differ", ("with box, robot",)) in [(f.message, f.answers) for f in found]


def test_only_two_features_that_are_checked_alone_are_a_pair(tmp_path: Path) -> None:
    write(tmp_path / "shop", {**GOOD, **FEATURES})
    cases, _ = make_matrix(find_template(str(tmp_path / "shop")), {}, trust=False)
    assert [case.name for case in cases if case.is_pair] == ["with box, lean"]


def test_a_fault_of_a_feature_names_it(tmp_path: Path) -> None:
    files = {**FEATURES, "features/robot/project/robot.yml": "a: [\n"}
    found = only(findings(tmp_path, files))
    assert (found.place, found.answers) == ("features/robot/project/robot.yml:2", ("with box, robot",))


def test_a_missing_feature_is_reported(tmp_path: Path) -> None:
    found = findings(tmp_path, {"copier.yml": OFFERS})
    assert {f.message for f in found} == {"offers the feature `box`, which has no feature.yml"}


def combinations(features: Mapping[str, str], folder: Path) -> list[str]:
    """The features of each case of a template that offers these, whose `feature.yml` is given."""
    offered = {f"features/{name}/feature.yml": f"title: {name}\n{text}" for name, text in features.items()}
    copier_yml = (
        f"_subdirectory: project\n_fastkit: {{features: [{', '.join(features)}]}}\nproject_name: shop\n"
    )
    write(folder / "demo", {"copier.yml": copier_yml, "project/a.txt": "", **offered})
    cases, findings = make_matrix(find_template(str(folder / "demo")), {}, trust=False)
    assert findings == ()
    return [case.name.removeprefix("with ") for case in cases if case.name.startswith("with ")]


@pytest.mark.parametrize(
    ("features", "together"),
    [
        (
            {"a": "", "b": "", "c": ""},
            ["a", "b", "c", "a, b", "a, c", "b, c", "a, b, c"],
        ),
        (
            {"a": "conflicts: [b]", "b": "", "c": "", "d": ""},
            ["a", "b", "c", "d", "a, c", "a, d", "b, c", "b, d", "c, d", "a, c, d"],
        ),
        (
            {"a": "requires: [b]", "b": "requires: [c]", "c": "", "d": ""},
            ["a, b, c", "b, c", "c", "d", "a, b, c, d", "b, c, d", "c, d"],
        ),
    ],
    ids=["three that go together", "two that exclude each other", "one that requires others"],
)
def test_each_feature_each_pair_and_as_many_as_can_be_combined_are_rendered(
    features: Mapping[str, str], together: Sequence[str], tmp_path: Path
) -> None:
    assert combinations(features, tmp_path) == together
