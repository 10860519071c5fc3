"""Rendering with copier: links, layers, and nothing of the machine that leaks in."""

import os
import subprocess
import warnings
from contextlib import suppress
from pathlib import Path

import pytest

from fastkit.rendering.with_copier import render, with_layers, without_git
from tests.support.folders import read, write
from tests.support.rendering import STRICT, recipe_in, refusal, rendered


def test_a_template_without_layers_is_rendered_where_it_stands(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path, {"project/a": ""})
    assert with_layers(recipe, tmp_path / "room") == recipe.template.folder


@pytest.mark.parametrize(
    "layers",
    [
        "",
        "_fastkit: {layers: [_base]}\n",
    ],
    ids=["alone", "layered"],
)
def test_a_link_is_kept_where_the_template_says_so(layers: str, tmp_path: Path) -> None:
    write(tmp_path / "templates/_base", {"b": ""})
    files = {
        "copier.yml": f"{STRICT}{layers}_preserve_symlinks: true\n",
        "project/a": "x",
        "project/l": "-> a",
    }
    assert rendered(recipe_in(tmp_path, files))["l"] == "-> a"


def test_a_link_out_of_the_template_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"secret.txt": "secret"})
    error = refusal(recipe_in(tmp_path, {"project/l": f"-> {tmp_path}/secret.txt"}))
    assert "l" in error.message
    assert "secret" not in error.message


def test_a_link_out_of_a_template_with_layers_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"secret.txt": "secret", "templates/_base/b": ""})
    config = STRICT + "_fastkit: {layers: [_base]}\n"
    refusal(recipe_in(tmp_path, {"copier.yml": config, "project/l": f"-> {tmp_path}/secret.txt"}))


def test_nothing_that_copier_prints_reaches_the_person(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = f"{STRICT}_message_before_copy: hello\n_message_after_copy: bye\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rendered(recipe_in(tmp_path, {"copier.yml": config, "project/a": ""})) == {"a": ""}
    assert capfd.readouterr() == ("", "")


def test_the_settings_that_a_person_has_for_copier_do_not_leak_in(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = write(home, {"settings.yml": "defaults: {name: leaked}\n"}) / "settings.yml"
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(settings))
    files = {"copier.yml": STRICT + "name: {type: str, default: plain}\n", "project/a.jinja": "{{ name }}"}
    assert rendered(recipe_in(tmp_path, files, {"name": "plain"})) == {"a": "plain"}
    recipe = recipe_in(tmp_path, files)
    render(recipe, recipe.template.folder, tmp_path / "out")
    assert read(tmp_path / "out") == {"a": "plain"}


def test_git_is_hidden_from_copier_and_from_nobody_afterwards() -> None:
    from plumbum import local

    before = os.environ["PATH"], local.env["PATH"]
    with suppress(ValueError), without_git():
        assert local.env["PATH"] == ""
        assert "git" not in local
        raise ValueError
    assert (os.environ["PATH"], local.env["PATH"]) == before
    assert "git" in local


def test_a_template_that_is_a_repository_is_rendered_as_it_stands(source: str, tmp_path: Path) -> None:
    """Copier alone would render the last tag."""
    recipe = recipe_in(tmp_path, {"copier.yml": STRICT, "project/a": "committed"}, source=source)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"], ["tag", "v1"]):
        subprocess.run(["git", *words], cwd=recipe.template.folder, check=True)
    write(recipe.template.folder, {"project/a": "changed"})
    assert rendered(recipe) == {"a": "changed"}


def test_an_untrusted_templates_code_is_refused_by_copier_as_well(tmp_path: Path) -> None:
    config = STRICT + "_jinja_extensions: [os.path.join]\n"
    refusal(recipe_in(tmp_path, {"copier.yml": config, "project/a": ""}))
