"""What this template makes; `fastkit template check` covers what holds for every template."""

from pathlib import Path

from fastkit.testing import RenderTemplate

TEMPLATE = Path(__file__).parents[1]


def test_the_license_names_the_author(render_template: RenderTemplate) -> None:
    project = render_template(TEMPLATE, {"author": "Ada Example"})
    assert "Copyright (c) Ada Example" in project.read("LICENSE")


def test_a_project_without_a_license_has_no_such_file(render_template: RenderTemplate) -> None:
    project = render_template(TEMPLATE, {"license": "none"})
    assert "LICENSE" not in project.paths


def test_the_changelog_is_that_of_the_project(render_template: RenderTemplate) -> None:
    project = render_template(TEMPLATE, {"project_name": "shop"}, features=["changelog"])
    assert project.read("CHANGELOG.md").startswith("# Changes of shop\n")
