"""Names that do not work everywhere, or that do not belong in a project."""

from pathlib import Path

import pytest

from fastkit.catalog.template import Template
from fastkit.checking.check import check
from fastkit.checking.file_names import check_names, check_source_names
from fastkit.checking.finding import Finding, Tree
from tests.support.folders import write_template
from tests.support.good_template import copied


def names(template: Template, *paths: str) -> list[Finding]:
    files = {path: copied(path, "") for path in paths}
    return [*check_names(template, Tree("defaults", (), files))]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("aux.txt", "`aux.txt` is a device on Windows"),
        ("a?.txt", "`a?.txt` is not allowed on Windows"),
        ("a./b", "`a.` is not allowed on Windows"),
        ("main.py.orig", "`main.py.orig` does not belong in a project"),
        ("x.txt.jinja", "`x.txt.jinja` does not belong in a project"),
        ("{{ x }}", "`{{ x }}` contains Jinja"),
        ("a" * 121, f"`{'a' * 121}` must have at most 120 characters, not 121"),
    ],
)
def test_a_name_is_reported(path: str, message: str, template: Template) -> None:
    assert [found.message for found in names(template, path)] == [message]


def test_names_that_differ_only_in_case_are_reported_together(template: Template) -> None:
    (found,) = names(template, "a.txt", "A.txt")
    assert found.message == "`A.txt` and `a.txt` are the same file on Windows and macOS"


def test_the_suffix_of_the_template_itself_is_reported(tmp_path: Path) -> None:
    other = write_template(tmp_path / "other", {"copier.yml": "_templates_suffix: .tmpl\n"})
    (found,) = names(other, "a.tmpl")
    assert found.message == "`a.tmpl` still has the suffix of rendered files"


def test_ordinary_names_are_accepted(template: Template) -> None:
    assert names(template, "src/main.py", ".gitignore", "console.txt", "a" * 120) == []


def test_a_name_that_windows_cannot_check_out_is_reported(template: Template) -> None:
    write_template(template.folder, {'project/{% if a == "b" %}x{% endif %}': ""})
    (found,) = check_source_names(template)
    assert (found.message, found.file) == (
        "the name is not allowed on Windows",
        'project/{% if a == "b" %}x{% endif %}',
    )


def test_two_files_of_a_template_that_become_one_are_reported(template: Template) -> None:
    write_template(template.folder, {"project/notes.txt": "a\n", "project/{{ 'notes' }}.txt": "b\n"})
    result = check(template, {}, trust=False, advance=lambda done, total: None)
    (found,) = result.findings
    assert (found.message, found.file) == (
        "becomes `notes.txt`, as `project/notes.txt` does",
        "project/{{ 'notes' }}.txt",
    )
