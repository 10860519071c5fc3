"""Where templates are looked for by name, and which one of a name wins."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fastkit.catalog.find import find_template, list_every, list_templates
from fastkit.catalog.folders import installed_folders
from fastkit.errors import UnknownName
from tests.support.folders import write

BUNDLED = "fastapi-async-crud"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's own templates."""
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "own"))
    return tmp_path / "own"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place where packages are installed."""
    monkeypatch.syspath_prepend(tmp_path / "site")
    return tmp_path / "site"


def install(site: Path, name: str, module: str, files: dict[str, str]) -> None:
    """Put a package there as an installer does, with its entry point."""
    about = f"{name}-1.0.dist-info"
    write(
        site,
        {
            f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{about}/entry_points.txt": f"[fastkit.templates]\n{name} = {module}\n",
            **files,
        },
    )


def test_a_template_of_an_installed_package_is_found_and_listed(site: Path) -> None:
    files = {"acme/__init__.py": "", "acme/templates/shop/copier.yml": "_fastkit: {title: A shop}"}
    install(site, "acme", "acme", files)
    template = find_template("shop")
    assert (template.source, template.address, template.title) == ("installed", "shop", "A shop")
    assert template.folder == site / "acme/templates/shop"
    assert [t.title for t in list_templates() if t.source == "installed"] == ["A shop"]


def test_templates_can_be_in_a_subpackage(site: Path) -> None:
    install(site, "acme", "acme.web", {"acme/__init__.py": "", "acme/web/templates/shop/copier.yml": ""})
    assert find_template("shop").folder == site / "acme/web/templates/shop"


def test_an_installed_package_is_not_imported(site: Path, tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    files = {"acme/__init__.py": code, "acme/web/__init__.py": code, "acme/web/templates/shop/copier.yml": ""}
    install(site, "acme", "acme.web", files)
    assert find_template("shop").source == "installed"
    assert "acme" not in sys.modules
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("module", ["gone", "gone.web", "acme", "acme.gone", ".", "json"])
def test_a_package_without_templates_is_ignored(module: str, site: Path) -> None:
    install(site, "acme", module, {"acme/__init__.py": ""})
    assert {template.source for template in list_templates()} == {"bundled"}
    with pytest.raises(UnknownName):
        find_template("shop")


@pytest.mark.usefixtures("site")
def test_packages_are_searched_only_if_nothing_else_has_the_name(
    monkeypatch: pytest.MonkeyPatch, own: Path
) -> None:
    write(own, {"mine/copier.yml": ""})
    looked: list[str] = []

    def look() -> Iterator[Path]:
        looked.append("looked")
        return iter(())

    monkeypatch.setattr("fastkit.catalog.folders.installed_folders", look)
    for name in ("mine", BUNDLED, str(own / "mine")):
        find_template(name)
    assert looked == []
    with pytest.raises(UnknownName):
        find_template("nobodys")
    assert looked


def test_packages_are_searched_in_the_order_of_their_names(site: Path) -> None:
    for name in ("zeta", "acme"):
        install(site, name, name, {f"{name}/templates/shop/copier.yml": f"_fastkit: {{title: {name}}}"})
    assert list(installed_folders()) == [site / "acme/templates", site / "zeta/templates"]
    assert find_template("shop").title == "acme"


def test_the_users_folder_wins_over_bundled_and_that_over_installed(site: Path, own: Path) -> None:
    write(own, {f"{BUNDLED}/copier.yml": "", "shop/copier.yml": "", "own/copier.yml": ""})
    folders = {f"acme/templates/{name}/copier.yml": "" for name in (BUNDLED, "shop", "theirs")}
    install(site, "acme", "acme", folders)
    names = {BUNDLED, "own", "shop", "theirs"}
    every = [entry for entry in list_every() if entry.template.name in names]
    assert [(e.template.name, e.template.source, e.shadowed_by) for e in every] == [
        (BUNDLED, "user", ""),
        (BUNDLED, "bundled", "user"),
        (BUNDLED, "installed", "user"),
        ("own", "user", ""),
        ("shop", "user", ""),
        ("shop", "installed", "user"),
        ("theirs", "installed", ""),
    ]
    for entry in every:
        assert (find_template(entry.template.name) == entry.template) is not bool(entry.shadowed_by)
    won = [template.source for template in list_templates() if template.name in names]
    assert won == ["user", "user", "user", "installed"]


def test_an_installed_template_cannot_take_the_place_of_a_bundled_one(site: Path) -> None:
    install(site, "acme", "acme", {f"acme/templates/{BUNDLED}/copier.yml": ""})
    assert find_template(BUNDLED).source == "bundled"
