"""The code that a template would run."""

from pathlib import Path

import pytest

from tests.support.folders import write_template


@pytest.mark.parametrize(
    ("config", "what"),
    [
        ("_tasks: [make]", ("tasks",)),
        ("_jinja_extensions: [a.B]", ("Jinja extensions",)),
        ("_migrations: [{version: 1, command: make}]", ("migrations",)),
        ("_tasks: [make]\n_jinja_extensions: [a.B]", ("tasks", "Jinja extensions")),
        ("_tasks: []", ()),
        ("name: shop", ()),
    ],
)
def test_a_template_knows_the_kinds_of_code_that_it_runs(
    config: str, what: tuple[str, ...], tmp_path: Path
) -> None:
    assert write_template(tmp_path / "demo", {"copier.yml": config}).runs_code == what


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ("_tasks: [make, 'echo  hi ']", ["task: make", "task: echo  hi"]),
        ("_tasks: [[rm, -r, a b]]", ["task: rm -r 'a b'"]),
        ("_tasks: [{command: [make, x], when: '{{ a }}', working_directory: src}]", ["task: make x"]),
        ("_jinja_extensions: [a.B, c.D]", ["Jinja extension: a.B", "Jinja extension: c.D"]),
        ("_migrations: [{version: 1, before: [a], after: [[b, c]]}]", ["migration: a", "migration: b c"]),
        ("_migrations: [{version: 1, command: a}, b]", ["migration: a", "migration: b"]),
        ("_tasks: []", []),
    ],
)
def test_all_the_code_is_listed(config: str, code: list[str], tmp_path: Path) -> None:
    template = write_template(tmp_path / "demo", {"copier.yml": config})
    assert list(map(str, template.code)) == code
