"""Jinja alone makes what copier makes of bundled templates, byte for byte."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fastkit.answering.survey import Survey
from fastkit.catalog.find import list_templates
from fastkit.catalog.questions import Answers
from fastkit.catalog.template import Template
from fastkit.rendering import with_copier, with_jinja
from tests.support.folders import read, write, write_template
from tests.support.projects import recipe_for

CONFIG = "_subdirectory: project\nname: {type: str}\n"

VALUES: dict[str, Any] = {"name": "Shöp {{ x }} '\"\\", "where": "a/b"}


def by_jinja(template: Template, answers: Answers, target: Path) -> dict[str, str | bytes]:
    target.parent.mkdir()
    with_jinja.render(recipe_for(replace(template, source="bundled"), answers, target), target)
    return read(target)


def by_copier(template: Template, answers: Answers, target: Path) -> dict[str, str | bytes]:
    recipe = recipe_for(replace(template, source="folder"), answers, target)
    with_copier.render(recipe, with_copier.with_layers(recipe, target.with_name("copy")), target)
    return read(target)


SAME: dict[str, dict[str, str | bytes]] = {
    "values": {"a.jinja": "{{ name }}\n", "b": "{{ name }}\n"},
    "no newline at the end": {"a.jinja": "{{ name }}", "b.jinja": "x\n\n\n"},
    "ends of lines": {"a.jinja": b"a\r\n{{ name }}\r\n", "b": b"a\r\nb\rc\n"},
    "a byte order mark": {"a.jinja": b"\xef\xbb\xbf{{ name }}"},
    "nothing": {"a.jinja": "", "b": "", "empty/": ""},
    "binary": {"a.png": b"\x89\xff\x00"},
    "names": {"{{ name | length }}.txt": "", "{{ name | length }}/{{ name | length }}.jinja": "x"},
    "names that vanish": {"{% if false %}a{% endif %}": "", "{% if false %}d{% endif %}/x": "", "e/y": ""},
    "blocks": {
        "a.jinja": "{% if name %}\nx\n{% endif %}\n{# y #}\n{%- for i in [1, 2] %}\n{{ i }}{% endfor %}"
    },
    "filters": {"a.jinja": "{{ name | to_json }} {{ name | to_nice_yaml }} {{ name | hash('sha256') }}"},
    "undefined": {"a.jinja": "[{{ nothing }}]"},
    "other suffixes": {"a.jinja2": "{{ name }}", "b.jinja.txt": "{{ name }}"},
    "dotfiles": {".gitignore.jinja": "*\n", ".github/workflows/ci.yml": "${{ x }}"},
}


@pytest.mark.parametrize("case", SAME)
def test_it_makes_what_copier_makes(case: str, tmp_path: Path) -> None:
    files = {f"project/{path}": content for path, content in SAME[case].items()}
    template = write_template(tmp_path / "demo", {"copier.yml": CONFIG, **files})
    ours = by_jinja(template, Answers(VALUES), tmp_path / "ours/shop")
    assert ours == by_copier(template, Answers(VALUES), tmp_path / "theirs/shop")


def test_it_makes_what_copier_makes_of_layers(tmp_path: Path) -> None:
    write(tmp_path, {"_base/a": "base", "_base/b.jinja": "{{ name }}", "_base/d/e": "", "_base/run": ""})
    (tmp_path / "_base/run").chmod(0o755)
    config = f"{CONFIG}_fastkit: {{layers: [_base]}}\n"
    template = write_template(tmp_path / "demo", {"copier.yml": config, "project/a": "own"})
    ours = by_jinja(template, Answers(VALUES), tmp_path / "ours/shop")
    assert ours == by_copier(template, Answers(VALUES), tmp_path / "theirs/shop")
    modes = [(tmp_path / side / "shop/run").stat().st_mode for side in ("ours", "theirs")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("template", list_templates(), ids=lambda template: template.name)
def test_it_makes_what_copier_makes_of_every_bundled_template(template: Template, tmp_path: Path) -> None:
    given = {
        "project_name": "shop",
        "author": 'Zoë O\'Brien "Bo" {{ 7 }}',
        "author_email": "o'brien@example.com",
        "description": "# *Any* <text> & `more` \\ [link](x) 🦄",
    }
    survey = Survey(template, given, template.sandbox(trusted=False))
    answers = survey.answer(template.questions, Answers(), None)
    ours = by_jinja(template, answers, tmp_path / "ours/shop")
    assert ours == by_copier(template, answers, tmp_path / "theirs/shop")
