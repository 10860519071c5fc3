"""Layers: which files a template with its features has, and what projects will call them."""

from pathlib import Path

import pytest

from fastkit.catalog.find import find_template
from fastkit.catalog.layers import project_paths, read_layer
from fastkit.catalog.template import Template
from fastkit.errors import TemplateError
from tests.support.folders import write, write_template


def files_of(tmp_path: Path, config: str, *files: str) -> Template:
    return write_template(tmp_path / "demo", {"copier.yml": config, **dict.fromkeys(files, "")})


def test_files_are_listed_as_the_project_will_have_them(tmp_path: Path) -> None:
    write(tmp_path, {"_base/.gitignore.jinja": "", "_base/src/main.py": ""})
    template = files_of(
        tmp_path,
        "_subdirectory: project\n_fastkit: {layers: [_base]}",
        "notes.txt",
        "project/README.md.jinja",
        "project/src/main.py",
        "project/{% if docker %}Dockerfile{% endif %}.jinja",
    )
    assert project_paths(template) == (".gitignore", "Dockerfile", "README.md", "src/main.py")


def test_a_file_of_the_template_replaces_that_of_its_layer_with_or_without_suffix(tmp_path: Path) -> None:
    write(tmp_path, {"_base/README.md": ""})
    template = files_of(tmp_path, "_subdirectory: p\n_fastkit: {layers: [_base]}", "p/README.md.jinja")
    assert project_paths(template) == ("README.md",)


def test_a_template_may_have_another_suffix(tmp_path: Path) -> None:
    template = files_of(tmp_path, "_subdirectory: p\n_templates_suffix: .tmpl", "p/a.tmpl", "p/b.jinja")
    assert project_paths(template) == ("a", "b.jinja")


def test_the_litter_of_tools_is_not_listed(tmp_path: Path) -> None:
    litter = (
        "p/__pycache__/main.pyc",
        "p/.pytest_cache/x",
        "p/.ruff_cache/x",
        "p/.mypy_cache/x",
        "p/.venv/bin/python",
        "p/.git/HEAD",
    )
    template = files_of(tmp_path, "_subdirectory: p", "p/main.py", *litter)
    assert project_paths(template) == ("main.py",)


def test_the_files_of_the_bundled_template_are_listed_with_its_layers() -> None:
    files = project_paths(find_template("fastapi-async-crud"))
    assert {"src/main.py", "pyproject.toml", ".gitignore", ".editorconfig"} <= {*files}
    assert not [path for path in files if "cache" in path or path.endswith(".jinja")]


def test_a_folder_that_cannot_be_listed_is_the_templates_fault(tmp_path: Path) -> None:
    template = files_of(tmp_path, "_subdirectory: p", "p/main.py")
    with pytest.raises(TemplateError, match=r"demo/gone: cannot be read: "):
        read_layer(template, template.folder / "gone")
