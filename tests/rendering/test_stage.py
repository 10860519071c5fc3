"""Rendering into a temporary folder that leaves nothing behind."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from fastkit.computing import limits, worker
from fastkit.errors import DestinationError, FastkitError, TemplateError
from fastkit.rendering import stage
from fastkit.rendering.stage import check_template, get_ready, staged
from tests.support.folders import read, write, write_template
from tests.support.rendering import STRICT, recipe_in, rendered

# What is rendered.


def test_files_with_the_suffix_take_values_and_others_are_copied(source: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "copier.yml": STRICT + "name: {type: str}\n",
        "notes.txt": "not in the project",
        "project/README.md.jinja": "# {{ name }}\n\nend\n",
        "project/a.txt": "{{ name }}\n",
        "project/{{ name }}/main.py": "",
        "project/logo.png": b"\x89PNG\xff\x00",
        "project/no_newline.jinja": "{{ name }}",
        "project/{% if name == 'x' %}x.txt{% endif %}": "",
        "project/empty/": "",
    }
    assert rendered(recipe_in(tmp_path, files, {"name": "shöp"}, source=source)) == {
        "README.md": "# shöp\n\nend\n",
        "a.txt": "{{ name }}\n",
        "shöp/main.py": "",
        "logo.png": b"\x89PNG\xff\x00",
        "no_newline": "shöp",
        "empty/": "",
    }


def test_computed_values_are_rendered(source: str, tmp_path: Path) -> None:
    config = STRICT + "name: {type: str}\nslug: {type: str, when: false, default: '{{ name | lower }}'}\n"
    files = {"copier.yml": config, "project/a.jinja": "{{ slug }}"}
    assert rendered(recipe_in(tmp_path, files, {"name": "SHOP"}, {"slug": "shop"}, source=source)) == {
        "a": "shop"
    }


@pytest.mark.parametrize("text", ["{{ 7 * 6 }}", "{% raw %}", "#}", "\\", "'\"", "👩‍👩‍👧"])
def test_an_answer_is_never_a_template(text: str, source: str, tmp_path: Path) -> None:
    files = {"copier.yml": STRICT + "author: {type: str}\n", "project/a.jinja": "{{ author }}"}
    assert rendered(recipe_in(tmp_path, files, {"author": text}, source=source)) == {"a": text}


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    worker.end()  # the process that renders has the umask that it was started with
    before = os.umask(request.param)
    yield request.param
    os.umask(before)
    worker.end()


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077, 0o027], indirect=True, ids=oct)
def test_modes_are_those_of_new_files_but_for_the_executable_bit(
    source: str, umask: int, tmp_path: Path
) -> None:
    modes = {"run.sh": 0o555, "go.jinja": 0o700, "main.py": 0o444, "src/.env.jinja": 0o600, "src": 0o555}
    files = {f"project/{path}": "" for path in modes if path != "src"}
    recipe = recipe_in(tmp_path, {"copier.yml": STRICT, **files}, source=source)
    for path, mode in modes.items():
        (recipe.template.folder / "project" / path).chmod(mode)
    with staged(recipe, tmp_path) as project:
        found = {path: path.stat().st_mode & 0o777 for path in (project, *project.rglob("*"))}
    (recipe.template.folder / "project/src").chmod(0o755)
    executable, usual = 0o777 & ~umask, 0o666 & ~umask
    assert {path.name: mode for path, mode in found.items()} == {
        recipe.name: executable,
        "src": executable,
        "run.sh": executable,
        "go": executable,
        "main.py": usual,
        ".env": usual,
    }


def test_layers_that_cannot_be_written_are_laid_over_each_other(source: str, tmp_path: Path) -> None:
    write(tmp_path / "templates/_base", {"src/a": "base", "src/b": "base"})
    settings = STRICT + "_fastkit: {layers: [_base]}\n"
    recipe = recipe_in(tmp_path, {"copier.yml": settings, "project/src/a": "own"}, source=source)
    folders = [tmp_path / "templates/_base/src", recipe.template.folder / "project/src"]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert rendered(recipe) == {"src/a": "own", "src/b": "base"}
    finally:
        for folder in folders:
            folder.chmod(0o755)


LITTER: dict[str, str | bytes] = {
    "project/.git/hooks/post-commit": "#!/bin/sh\n",
    "project/src/.git/config": "",
    "project/src/.git": "gitdir: elsewhere",
    "project/src/__pycache__/main.cpython-311.pyc": b"\x00",
    "project/src/main.pyc": b"\x00",
    "project/.DS_Store": "",
    "project/.venv/bin/python": "",
    "project/.pytest_cache/x": "",
    "project/.mypy_cache/x": "",
    "project/.ruff_cache/x": "",
}


@pytest.mark.parametrize("path", LITTER)
@pytest.mark.parametrize("layers", ["", "_fastkit: {layers: [_base]}\n"], ids=["alone", "layered"])
def test_neither_a_repository_nor_litter_is_ever_rendered(
    path: str, layers: str, source: str, tmp_path: Path
) -> None:
    write(tmp_path / "templates/_base", {path.removeprefix("project/"): LITTER[path], "b.txt": ""})
    files = {"copier.yml": STRICT + layers, "project/a.txt": "", path: LITTER[path]}
    assert {*rendered(recipe_in(tmp_path, files, source=source))} - {"b.txt", "src/"} == {"a.txt"}


def test_a_repository_is_not_rendered_under_a_name_made_up(tmp_path: Path) -> None:
    files = {
        "copier.yml": f"{STRICT}dot: {{type: str}}\n",
        "project/a.txt": "",
        "project/{{ dot }}git/hooks/post-commit": "#!/bin/sh\n",
    }
    assert rendered(recipe_in(tmp_path, files, {"dot": "."})) == {"a.txt": ""}


# Layers.


def test_a_later_layer_replaces_whole_files_of_an_earlier_one(source: str, tmp_path: Path) -> None:
    write(tmp_path / "templates", {"_base/a": "base", "_base/b": "base", "_base/c": "base", "_base/d/e": ""})
    write(tmp_path / "templates", {"_more/b": "more", "_more/c": "more", "_more/x.jinja": "{{ name }}"})
    config = STRICT + "_fastkit: {layers: [_base, _more]}\nname: {type: str}\n"
    recipe = recipe_in(tmp_path, {"copier.yml": config, "project/c": "own"}, {"name": "shop"}, source=source)
    assert rendered(recipe) == {"a": "base", "b": "more", "c": "own", "d/e": "", "x": "shop"}


def test_a_later_layer_replaces_a_file_whatever_its_suffix(tmp_path: Path) -> None:
    """Copier takes names in their order, so that in one of these the layer's file comes last."""
    write(tmp_path / "templates", {"_base/a.jinja": "base", "_base/b": "base"})
    config = STRICT + "_fastkit: {layers: [_base]}\n"
    recipe = recipe_in(tmp_path, {"copier.yml": config, "project/a": "own", "project/b.jinja": "own"})
    assert rendered(recipe) == {"a": "own", "b": "own"}


@pytest.mark.parametrize("value", ["../outside", "../../outside", "/outside", "a/../../../outside"])
def test_no_file_leaves_the_project(value: str, tmp_path: Path) -> None:
    files = {"copier.yml": STRICT + "where: {type: str}\n", "project/{{ where }}/a.txt": "", "project/b": ""}
    recipe = recipe_in(tmp_path, files, {"where": value})
    before = read(tmp_path)
    with suppress(FastkitError), staged(recipe, tmp_path) as project:
        assert {path for path in read(project) if path != "b"} <= {"outside/a.txt"}
        assert {path.name for path in project.parent.iterdir()} <= {"shop", ".template"}
    assert read(tmp_path) == before
    assert not Path("/outside").exists()


# Nothing is left.


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), ValueError()])
def test_nothing_is_left_however_the_block_ends(error: BaseException, tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path, {"project/a": ""})
    before = read(tmp_path)
    with pytest.raises(type(error)), staged(recipe, tmp_path / "new/deep"):
        raise error
    assert read(tmp_path) == before


def test_a_project_that_was_moved_away_stays(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path, {"project/a": ""})
    with staged(recipe, tmp_path / "new") as project:
        project.rename(tmp_path / "new/shop")
    assert read(tmp_path / "new") == {"shop/a": ""}


BIG = "x" * 90_000


def test_a_full_disk_is_named_and_left_as_it_was(source: str, small_disk: Path, tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path, {"copier.yml": STRICT, "project/a.jinja": BIG}, source=source)
    write(small_disk, {"mine.txt": "mine"})
    with pytest.raises(DestinationError) as error, staged(recipe, small_disk / "new"):
        pytest.fail("it was rendered")
    assert error.value.message.startswith(f"no space left on the disk of `{small_disk}/new")
    assert ".fastkit-" not in error.value.message
    assert read(small_disk) == {"mine.txt": "mine"}


LIMITED = """\
import resource, sys
from pathlib import Path
from fastkit.catalog.template import load_template as load
from fastkit.errors import DestinationError
from fastkit.plan import Recipe
from fastkit.catalog.questions import Answers
from fastkit.rendering.stage import staged
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
template, root = Path(sys.argv[1]), Path(sys.argv[2])
try:
    with staged(Recipe(load("demo", template, sys.argv[3]), Answers(), "shop"), root):
        print("it was rendered")
except DestinationError as error:
    print(error.message)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="limits of POSIX")
def test_a_limit_on_the_size_of_files_is_named(source: str, tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path, {"copier.yml": STRICT, "project/a.txt": BIG}, source=source)
    (tmp_path / "work").mkdir()
    # -B, as CPython 3.11 would leave a module's byte code cut off at the limit
    words = [sys.executable, "-B", "-c", LIMITED, str(recipe.template.folder), str(tmp_path / "work"), source]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (
        f"a file grew beyond the size limit in `{tmp_path}/work`\n",
        "",
    )
    assert read(tmp_path / "work") == {}


def test_a_read_only_disk_is_named(read_only_disk: Path, tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path, {"project/a": ""})
    for beside in (read_only_disk / "new", read_only_disk / "there"):
        with pytest.raises(DestinationError) as error, staged(recipe, beside):
            pytest.fail("it was rendered")
        assert error.value.message == f"the file system is read-only at `{beside}`"
    assert read(read_only_disk) == {"there/mine.txt": "mine\n"}


# Before anything is rendered.


def test_what_no_project_can_have_is_refused_before_anybody_answers(tmp_path: Path) -> None:
    template = write_template(tmp_path / "demo", {"project/loop": "-> ."})
    with pytest.raises(TemplateError, match="is a link to a folder that it lies in"):
        get_ready(template, trusted=False, soon=False)
    get_ready(template, trusted=True, soon=True)


def test_copier_is_loaded_meanwhile_for_a_template_that_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = Event()
    monkeypatch.setattr(stage, "load_copier", loaded.set)
    template = write_template(tmp_path / "demo", {"project/a.txt": ""})
    get_ready(replace(template, source="bundled"), trusted=True, soon=False)
    assert not loaded.wait(0.1)
    get_ready(template, trusted=True, soon=False)
    assert loaded.wait(20)


def test_a_template_that_the_disk_does_not_give_is_an_error_of_the_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **settings: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    template = write_template(tmp_path / "demo", {"project/a.txt": ""})
    monkeypatch.setattr(limits, "check_template", refuse)
    with pytest.raises(TemplateError, match="Input/output error"):
        check_template(template, trusted=False)
