"""Templates found by name, in a folder, and listed."""

from pathlib import Path

import pytest

from fastkit.catalog.find import find_template, list_templates
from fastkit.catalog.folders import user_folder
from fastkit.errors import TemplateError, UnknownName
from tests.support.folders import write

BUNDLED = "fastapi-async-crud"

ALL_BUNDLED = ["fastapi-async-crud", "fastapi-async-demo", "fastapi-async-sqlalchemy"]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's own templates."""
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "own"))
    return tmp_path / "own"


def test_a_bundled_template_is_found_by_its_name() -> None:
    template = find_template(BUNDLED)
    assert (template.name, template.source) == (BUNDLED, "bundled")
    assert (template.folder / "copier.yml").is_file()


def test_the_users_folder_wins_over_what_is_bundled(own: Path) -> None:
    write(own, {f"{BUNDLED}/copier.yml": "_fastkit: {title: Mine}"})
    assert (find_template(BUNDLED).source, find_template(BUNDLED).title) == ("user", "Mine")
    assert [template.title for template in list_templates() if template.name == BUNDLED] == ["Mine"]


def test_the_users_folder_is_below_the_settings_without_a_variable(home: Path) -> None:
    assert user_folder().is_relative_to(home)
    write(user_folder(), {"mine/copier.yml": "{}"})
    assert find_template("mine").source == "user"


def test_templates_are_listed_by_name_without_layers_and_hidden_folders(own: Path) -> None:
    files = (
        "zoo/copier.yml",
        "ant/copier.yaml",
        "_layer/copier.yml",
        ".git/copier.yml",
        "notes/x.txt",
        "x.txt",
    )
    write(own, dict.fromkeys(files, ""))
    assert [template.name for template in list_templates()] == ["ant", *ALL_BUNDLED, "zoo"]


@pytest.mark.usefixtures("own")
def test_the_users_folder_can_be_missing() -> None:
    assert [template.name for template in list_templates()] == ALL_BUNDLED


def test_a_folder_is_found_only_if_written_as_a_path(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"work/mine/copier.yml": ""})
    write(home, {"mine/copier.yml": ""})
    monkeypatch.chdir(tmp_path / "work")
    for word, folder in {
        "./mine": tmp_path / "work/mine",
        str(tmp_path / "work/mine"): tmp_path / "work/mine",
        "./mine/": tmp_path / "work/mine",
        "~/mine": home / "mine",
    }.items():
        assert (find_template(word).name, find_template(word).folder, find_template(word).source) == (
            "mine",
            folder,
            "folder",
        )
    monkeypatch.chdir("mine")
    assert (find_template(".").name, find_template(".").folder) == ("mine", tmp_path / "work/mine")


@pytest.mark.parametrize("name", ["", "_base", ".git", "no/such"])
@pytest.mark.usefixtures("own")
def test_a_name_of_no_template_is_unknown(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownName) as error:
        find_template(name)
    assert error.value.message == f"there is no template `{name}`"
    assert error.value.hint == "run `fastkit list-templates` to see all templates"


@pytest.mark.parametrize("name", [".", "..", "./empty"])
def test_a_folder_without_a_copier_yml_is_not_a_template(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"here/empty/": ""})
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(UnknownName) as error:
        find_template(name)
    assert error.value.message == f"there is no template `{name}`"
    assert error.value.hint == "the folder has no copier.yml"


def test_a_name_too_long_for_a_folder_is_unknown() -> None:
    with pytest.raises(UnknownName):
        find_template("x" * 300)


def test_the_home_of_an_unknown_user_has_no_template() -> None:
    with pytest.raises(UnknownName):
        find_template("~no-such-user/demo")


@pytest.mark.parametrize("name", ["\0", "a\nb", "a\x1b[1m"])
def test_an_unknown_name_is_reported_in_one_printable_line(name: str) -> None:
    with pytest.raises(UnknownName) as error:
        find_template(name)
    assert error.value.message.isprintable()


def test_the_nearest_name_is_suggested() -> None:
    with pytest.raises(UnknownName) as error:
        find_template("fastapi-async-crut")
    assert error.value.hint == f"did you mean `{BUNDLED}`?"


def test_other_templates_are_found_beside_a_broken_one(own: Path) -> None:
    write(own, {"bad/copier.yml": "[", "good/copier.yml": ""})
    assert find_template("good").name == "good"
    assert find_template(BUNDLED).name == BUNDLED
    with pytest.raises(TemplateError, match=r"^bad/copier\.yml:\d: is not YAML: "):
        find_template("bad")


def test_other_templates_are_listed_beside_a_broken_one(own: Path) -> None:
    write(own, {"bad/copier.yml": "[", "good/copier.yml": ""})
    assert "good" in [template.name for template in list_templates()]
