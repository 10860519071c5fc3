"""Which features a check renders together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fastkit.catalog.find import find_template
from fastkit.checking.matrix import make_matrix
from tests.support.folders import write


def combinations(features: Mapping[str, str], folder: Path) -> list[str]:
    """The features of each case of a template that offers these, whose `feature.yml` is given."""
    offered = {f"features/{name}/feature.yml": f"title: {name}\n{text}" for name, text in features.items()}
    copier_yml = (
        f"_subdirectory: project\n_fastkit: {{features: [{', '.join(features)}]}}\nproject_name: shop\n"
    )
    write(folder / "demo", {"copier.yml": copier_yml, "project/a.txt": "", **offered})
    matrix = make_matrix(find_template(str(folder / "demo")), {}, trust=False)
    assert matrix.findings == ()
    return [case.name.removeprefix("with ") for case in matrix.cases if case.name.startswith("with ")]


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
def test_each_feature_each_pair_and_all_that_go_together_are_rendered(
    features: Mapping[str, str], together: Sequence[str], tmp_path: Path
) -> None:
    assert combinations(features, tmp_path) == together
