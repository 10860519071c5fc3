"""Any answer is safe: refused in one line before anything is written, or a project that gives it back."""

import io
import json
import os
import tomllib
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv.parser import parse_stream
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fastkit.answering.rules import Rule, check_email, check_project_name, check_text
from fastkit.catalog.find import list_templates
from fastkit.catalog.template import Template
from fastkit.errors import UsageError
from fastkit.wording import is_shown
from tests.support.folders import tree
from tests.support.projects import ANSWERS, MANAGERS, render

TRIES = 4000 if os.environ.get("FASTKIT_PROOF") else 50

thorough = settings(
    max_examples=TRIES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

PIECES = [
    *('"', "'", '"""', "'''", "\\", "\\n", "\\u0041", "\\U0001F600", "`", "``", "$HOME", "$(id)", "${X}"),
    *("{{ 1 + 1 }}", "{% raw %}", "{# x #}", "{{", "}}", "%}", "<author>", "<b>", "</b>", "<!--", "-->"),
    *("# ", "## x", "- ", "+ ", "* ", "1. ", "1) ", "> ", "    ", "---", "===", "***", "~~~", "```"),
    *("[x](y)", "![x](y)", "[x]: y", "[/bold]", "[red]", "<https://x.y>", "https://x.y", "&amp;", "&#35;"),
    *("*a*", "**a**", "_a_", "__init__", "a_b_c", "~~x~~", "a|b", "|", "\\*", "#", "=", ":", ": ", " #", "!"),
    *("é", "漢字", "🦄", "👩\u200d💻", "עברית", "\u202eabc", "\u200b", "\u00a0", "\u2003", "\ufeff"),
    *("\n", "\r", "\t", "\x00", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u2029", "\ud800", "\ufffe"),
    *("../", "..\\", "/etc/passwd", "C:\\", "~", "--help", "-x", "@", "a@b.cd", "null", "true", "1e5"),
]

words = st.text(alphabet=st.characters(), max_size=12)

hostile = st.lists(st.sampled_from(PIECES) | words, min_size=0, max_size=6).map("".join)

TEMPTING_NAMES = ["fastapi", "Pydantic_Settings", "con", "NUL.txt", "com1", ".git", "..", "a" * 65, "a..b"]

names = hostile | st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,70}\Z") | st.sampled_from(TEMPTING_NAMES)

domains = st.sampled_from(["example.com", "a.b", "localhost", "[127.0.0.1]", "ex_ample.com"])

emails = hostile | st.builds("{}@{}".format, hostile, domains)

answers = st.fixed_dictionaries(
    {
        "project_name": names,
        "author": hostile,
        "author_email": emails,
        "description": hostile,
        "package_manager": st.sampled_from(MANAGERS),
    }
)

TEMPLATES = [template for template in list_templates() if template.source == "bundled"]

templates = st.sampled_from(TEMPLATES)


def acceptable(values: dict[str, str], template: Template) -> dict[str, str]:
    """The same answers, with a plain one for each that fastkit's own rules refuse."""
    rules: dict[str, Rule] = {
        "project_name": lambda text: check_project_name(text, template.taken_names),
        "author": lambda text: check_text("author", text),
        "author_email": check_email,
        "description": lambda text: check_text("description", text),
    }
    found = dict(values)
    for name, rule in rules.items():
        try:
            found[name] = rule(values[name])
        except UsageError:
            found[name] = ANSWERS[name]
    return found


@thorough
@given(values=answers, template=templates)
@example(values={**ANSWERS, "author": "👩\u200d💻\u202e\ue000\ud800"}, template=TEMPLATES[0])
def test_an_answer_is_refused_in_one_line_with_nothing_written_or_a_project_is_made(
    values: dict[str, str], template: Template, tmp_path_factory: pytest.TempPathFactory
) -> None:
    parent = tmp_path_factory.mktemp("refused")
    project, refusal = None, None
    try:
        project = render(template, values, parent)
    except UsageError as error:
        refusal = error
    if refusal:
        assert all(map(is_shown, refusal.message))
        assert refusal.message.split("`")[1] in values
        assert not any(parent.iterdir())
    if project:
        judge(project, template, values, parent)


@thorough
@given(values=answers, template=templates)
@example(values={**ANSWERS, "description": "\\", "package_manager": "uv"}, template=TEMPLATES[0])
@example(values={**ANSWERS, "description": "1. # - [x]: y", "package_manager": "pip"}, template=TEMPLATES[1])
@example(values={**ANSWERS, "author": '"}] # {{ 1 }}', "package_manager": "pdm"}, template=TEMPLATES[0])
@example(
    values={**ANSWERS, "description": "<b> & &amp; \\< *a* `b` ~~c~~ ![d](e)", "package_manager": "uv"},
    template=TEMPLATES[1],
)
def test_what_the_rules_accept_is_given_back_by_every_file(
    values: dict[str, str], template: Template, tmp_path_factory: pytest.TempPathFactory
) -> None:
    values = acceptable(values, template)
    parent = tmp_path_factory.mktemp("made")
    judge(render(template, values, parent), template, values, parent)


def judge(project: Path, template: Template, values: dict[str, str], parent: Path) -> None:
    """Everything that has to hold for a project, whatever was answered."""
    assert [path.name for path in parent.iterdir()] == [values["project_name"]]
    assert project.name == values["project_name"]
    about = tomllib.loads((project / "pyproject.toml").read_bytes().decode())["project"]
    assert about["name"] == values["project_name"]
    assert about["description"] == values["description"].strip()
    author = {"name": values["author"].strip(), "email": values["author_email"].strip()}
    assert about["authors"] == [author]
    assert readme_text(project)[:2] == [values["project_name"], values["description"].strip()]
    for path, (mode, content) in tree(project).items():
        if mode.startswith("-") and not path.endswith(".xz"):
            parse(path, content.decode())
    names = {path.lower() for path in tree(project)}
    assert names <= PATHS[template.name], "an answer has changed the paths"


def readme_text(project: Path) -> list[str]:
    """What a reader sees of README.md, a text for each heading and paragraph."""
    markdown = MarkdownIt("commonmark").enable(["strikethrough", "table"])
    tokens = markdown.parse((project / "README.md").read_text("utf-8"))
    return ["".join(map(shown, token.children or ())) for token in tokens if token.type == "inline"]


def shown(token: Any) -> str:
    return "\n" if token.type in ("softbreak", "hardbreak") else str(token.content)


def parse(path: str, text: str) -> None:
    if path.endswith(".toml"):
        tomllib.loads(text)
    elif path.endswith(".json"):
        json.loads(text)
    elif path.endswith(".yml"):
        yaml.safe_load(text)
    elif path.endswith(".py"):
        compile(text, path, "exec", dont_inherit=True)
    elif path.endswith(".env"):
        assert not any(binding.error for binding in parse_stream(io.StringIO(text)))


@pytest.fixture(scope="module", autouse=True)
def paths(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The paths of projects with plain answers."""
    for template, manager in product(TEMPLATES, MANAGERS):
        answers = {**ANSWERS, "package_manager": manager}
        project = render(template, answers, tmp_path_factory.mktemp("plain"))
        PATHS[template.name].update(path.lower() for path in tree(project))


PATHS: defaultdict[str, set[str]] = defaultdict(set)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_the_hostile_pieces_reach_the_files(template: Template, tmp_path: Path) -> None:
    values = {**ANSWERS, "description": '" \\ {{ 1 }} <author> é 🦄', "package_manager": "uv"}
    project = render(template, values, tmp_path)
    assert "{{ 1 }}" in (project / "README.md").read_text("utf-8")
