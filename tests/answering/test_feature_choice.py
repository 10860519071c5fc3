"""Choosing features: what comes along, what goes along, what is ruled out."""

import pytest

from fastkit.answering.feature_choice import ruled_out, toggled, with_required
from fastkit.catalog.features import Feature

FEATURES = (
    Feature("docker", "Docker", conflicts=("bare",)),
    Feature("kubernetes", "Kubernetes", requires=("docker",)),
    Feature("mesh", "Mesh", requires=("kubernetes",)),
    Feature("bare", "Bare metal"),
)


@pytest.mark.parametrize(
    ("names", "pressed", "then"),
    [
        ([], "mesh", ["docker", "kubernetes", "mesh"]),
        (["docker"], "docker", []),
        (["docker", "kubernetes", "mesh"], "docker", []),
        (["docker", "kubernetes", "mesh"], "mesh", ["docker", "kubernetes"]),
        (["bare"], "bare", []),
    ],
)
def test_what_a_feature_needs_comes_along_and_what_needs_it_goes_along(
    names: list[str], pressed: str, then: list[str]
) -> None:
    assert sorted(toggled(FEATURES, frozenset(names), pressed)) == then


def test_a_feature_is_ruled_out_by_either_side_and_by_what_it_would_bring() -> None:
    assert ruled_out(FEATURES, frozenset({"docker"})) == {"bare": "docker"}
    assert ruled_out(FEATURES, frozenset({"bare"})) == dict.fromkeys(("docker", "kubernetes", "mesh"), "bare")
    assert ruled_out(FEATURES, with_required(FEATURES, ["kubernetes"])) == {"bare": "docker"}
    assert ruled_out(FEATURES, frozenset()) == {}
