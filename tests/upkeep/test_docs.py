"""README.md, CONTRIBUTING.md and docs/: what they name exists, and what exists is in them."""

import re
from pathlib import Path

import pytest

from fastkit import cli
from fastkit.catalog.find import list_templates
from tests.support.command_line import fastkit
from tests.support.constraints import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "templates/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]

EVERYWHERE = {"--help", "--install-completion", "--show-completion", "--version"}

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", text)) - EVERYWHERE


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    cwd = tmp_path_factory.mktemp("docs")
    return {name: options(fastkit(*name.split(), "--help", cwd=cwd).out) for name in cli.COMMANDS}


@pages
def test_every_file_and_heading_that_a_page_links_to_exists(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text("utf-8")):
        name, _, heading = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not heading or heading in headings(target), link


def headings(page: Path) -> set[str]:
    found = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text).strip().lower().replace(" ", "-") for text in found}


@pages
def test_every_fastkit_command_on_a_page_exists_and_has_the_options_that_it_shows(
    page: Path, known: dict[str, set[str]]
) -> None:
    for line in re.findall(r"(?:^\$ |`)fastkit ([a-z][^`\n]*)", page.read_text("utf-8"), re.MULTILINE):
        if line in cli.GROUPS:
            continue
        command = next((name for name in known if re.match(rf"{name}(?![\w-])", line)), None)
        assert command, line
        assert options(line) <= known[command], line


def test_the_architecture_has_a_line_for_each_room() -> None:
    text = (ROOT / "docs/explanation/architecture.md").read_text("utf-8")
    rooms = {path.parent.name for path in (ROOT / "generator/fastkit").glob("*/__init__.py")}
    assert set(re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)) == rooms


def test_the_readme_has_a_line_for_each_template_and_feature() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    templates = {path.parent.name for path in (ROOT / "templates").glob("[!_]*/copier.yml")}
    features = {path.parent.name for path in (ROOT / "templates").glob("*/feature*/*/feature.yml")}
    features |= {path.parent.name for path in (ROOT / "templates/_features").glob("*/feature.yml")}
    presets = {name for template in list_templates() for name in template.presets}
    named = set(re.findall(r"`([a-z-]+)`(?=[, |])", "".join(re.findall(r"^\| .*? \|", text, re.MULTILINE))))
    assert named == templates | presets | features


def test_every_path_that_the_page_for_contributors_names_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    paths = re.findall(r"`((?:generator|tests|templates|docs)/[\w./-]+)`", text)
    assert [path for path in paths if "NAME" not in path and not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs/tutorials").glob("*.md")), ids=lambda page: page.stem)
def test_every_file_of_a_project_that_its_tutorial_names_exists(page: Path, tmp_path: Path) -> None:
    words = (
        "--project-name",
        "shop",
        "--author",
        "Ada",
        "--author-email",
        "a@example.com",
        "--description",
        "S",
    )
    made = fastkit("startdemo", page.stem, *words, "--yes", "--no-install", "--no-git", cwd=tmp_path)
    assert made.code == 0, made.err
    named = set(re.findall(r"`((?:app|src|tests)/[\w/.]*)`", page.read_text("utf-8")))
    assert named
    assert [path for path in named if not (tmp_path / "shop" / path).exists()] == []


def test_every_template_and_preset_has_a_tutorial() -> None:
    names = {template.name for template in list_templates() if template.source == "bundled"}
    names |= {name for template in list_templates() for name in template.presets}
    assert names == {page.stem for page in (ROOT / "docs/tutorials").glob("*.md")}
