"""The answers of a project that gets a newer template."""

from pathlib import Path

from fastkit.record.project_yml import Record
from fastkit.update.recipe import recipe_for
from tests.support.folders import write_template


def test_an_answer_to_a_question_that_no_longer_applies_is_nothing_to_later_ones(tmp_path: Path) -> None:
    questions = (
        "project_name: {type: str}\npool: {type: int, when: false}\n"
        "seen: {type: str, default: '{{ pool is defined }}'}\n"
    )
    template = write_template(tmp_path / "demo", {"copier.yml": questions})
    record = Record("demo", "folder", project="shop", answers={"project_name": "shop", "pool": 9})
    recipe, _ = recipe_for(tmp_path / "shop", template, record, None)
    assert recipe.answers.values == {"project_name": "shop", "seen": "False"}
