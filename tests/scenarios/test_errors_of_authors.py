"""What an author gets wrong is told in two lines that name file and line, before anything is written."""

from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from fastkit.catalog.find import find_template
from fastkit.catalog.trust import settle_trust
from fastkit.errors import FastkitError
from fastkit.making.make import preview
from fastkit.plan import Plan, make_recipe
from fastkit.rendering.messages import BEFORE, message
from tests.support.command_line import fastkit
from tests.support.folders import write


@dataclass(frozen=True)
class Wrong:
    """A template with one mistake, and the two lines that tell of it.

    Attributes:
        error: after `…` the words are those of Jinja, PyYAML, copier or Python.
    """

    files: Mapping[str, str | bytes]
    error: str
    hint: str = "fix the template `demo`, or report this to its author"
    answers: Mapping[str, Any] = field(default_factory=dict)


STRICT = "_envops: {undefined: jinja2.StrictUndefined}\n"


def config(text: str, error: str, **answers: Any) -> Wrong:
    return Wrong({"copier.yml": text, "a.txt": ""}, error, answers=answers)


def file(name: str, content: str | bytes, error: str, settings: str = STRICT) -> Wrong:
    return Wrong({"copier.yml": settings, name: content}, error)


YAML = {
    "a list that is not closed": config("a: 1\nb: [\n", "demo/copier.yml:3: is not YAML: …"),
    "a tab": config("a:\n\tb: 1\n", "demo/copier.yml:2: is not YAML: …"),
    "a quote that is not closed": config("a: 1\nb: 'x\n", "demo/copier.yml:3: is not YAML: …"),
    "a tag of Python": config(
        "a: !!python/object/apply:os.system [x]\n",
        "demo/copier.yml:1: is not YAML: …",
    ),
    "an unknown tag": config(
        "a: 1\nb: !secret x\n",
        "demo/copier.yml:2: is not YAML: …",
    ),
    "an unknown anchor": config("a: 1\nb: *c\n", "demo/copier.yml:2: is not YAML: …"),
    "a list": config("- a\n- b\n", "demo/copier.yml: is not a mapping of settings and questions"),
    "a text": config("just words\n", "demo/copier.yml: is not a mapping of settings and questions"),
    "a key that is a number": config("a: 1\n2: b\n", "demo/copier.yml: the key `2` must be text"),
    "a date that is none": config(
        "a: 2026-13-40\n", "demo/copier.yml:1: holds `2026-13-40`, which is not a valid timestamp"
    ),
    "bytes that are no text": Wrong(
        {"copier.yml": b"a: 1\nb: \xff\n"},
        "demo/copier.yml: is not YAML: …",
    ),
    "an included file that is missing": config(
        "a: 1\n---\n!include more.yml\n", "demo/copier.yml:3: includes `more.yml`, which does not exist"
    ),
    "an included file that is outside": config(
        "!include ../x.yml\n", "demo/copier.yml:1: includes `../x.yml`, which is outside the template"
    ),
    "an included file that is wrong": Wrong(
        {"copier.yml": "!include more.yml", "more.yml": "a: 1\nb: ]\n"},
        "demo/more.yml:2: is not YAML: …",
    ),
    "an included file that includes itself": Wrong(
        {"copier.yml": "!include more.yml", "more.yml": "!include more.yml"},
        "demo/more.yml:1: includes more than 100 files",
    ),
    "two files": Wrong(
        {"copier.yml": "a: 1", "copier.yaml": "a: 2"},
        "demo/copier.yml: there is also a `copier.yaml`",
        "remove one of them",
    ),
}

SETTINGS = {
    "excluded names that are text": config(
        "a: 1\n_exclude: '*.md'\n", "demo/copier.yml:2: `_exclude` must be a list"
    ),
    "excluded names that are nothing": config("_exclude:\n", "demo/copier.yml:1: `_exclude` must be a list"),
    "an excluded name that is a number": config(
        "_exclude: [a, 1]\n", "demo/copier.yml:1: `1` in `_exclude` must be text"
    ),
    "kept names that are no list": config(
        "_skip_if_exists: x\n", "demo/copier.yml:1: `_skip_if_exists` must be a list"
    ),
    "a subdirectory that is missing": config(
        "a: 1\n_subdirectory: project\n",
        "demo/copier.yml:2: `_subdirectory` is `project`, which does not exist",
    ),
    "a subdirectory that is outside": config(
        "_subdirectory: ../x\n",
        "demo/copier.yml:1: `_subdirectory` must be a path inside the template",
    ),
    "a subdirectory that is no text": config(
        "_subdirectory: [x]\n", "demo/copier.yml:1: `_subdirectory` must be a path inside the template"
    ),
    "a templated subdirectory that is missing": config(
        "a: x\n_subdirectory: 't/{{ a }}'\n", "demo/t/x: does not exist"
    ),
    "a subdirectory that cannot be rendered": config(
        "_subdirectory: '{{ a'\n",
        "demo/copier.yml:1: `_subdirectory` cannot be rendered: …",
    ),
    "options of Jinja that are no mapping": config(
        "_envops: [x]\n", "demo/copier.yml:1: `_envops` must be a mapping"
    ),
    "an unknown option of Jinja": config(
        "a: 1\n_envops: {trim_block: true}\n",
        "demo/copier.yml:2: `_envops` has the unknown option `trim_block`; did you mean `trim_blocks`?",
    ),
    "an option of Jinja of another type": config(
        "_envops:\n  trim_blocks: 'yes'\n",
        "demo/copier.yml:1: `trim_blocks` of `_envops` must be true or false",
    ),
    "an unknown kind of undefined": config(
        "_envops: {undefined: jinja2.DebugUndefined}\n",
        "demo/copier.yml:1: `undefined` of `_envops` must be `jinja2.Undefined` or `jinja2.StrictUndefined`",
    ),
    "one delimiter for two things": config(
        "_envops: {variable_start_string: '{%'}\n",
        "demo/copier.yml:1: `_envops` must begin blocks, variables and comments in different ways",
    ),
    "a version that is none": config(
        "_min_copier_version: new\n",
        "demo/copier.yml:1: `_min_copier_version` must be a version such as 9.4.0, not `new`",
    ),
    "a version to come": config(
        "a: 1\n_min_copier_version: '99.1'\n",
        f"demo/copier.yml:2: `_min_copier_version` is 99.1, but copier {version('copier')} is installed",
    ),
    "tasks that are text": config("_tasks: make\n", "demo/copier.yml:1: `_tasks` must be a list"),
    "an answers file that is outside": config(
        "_answers_file: ../a.yml\n",
        "demo/copier.yml:1: `_answers_file` must be a path inside the project",
    ),
    "data that is no mapping": config(
        "_external_data: [x]\n", "demo/copier.yml:1: `_external_data` must be a mapping"
    ),
    "links kept by a text": config(
        "_preserve_symlinks: 'yes'\n", "demo/copier.yml:1: `_preserve_symlinks` must be true or false"
    ),
    "an excluded name that cannot be rendered": config(
        "a: 1\n_exclude: [x, '{{ 1 // 0 }}']\n",
        "demo/copier.yml:2: `_exclude` cannot be rendered: …",
    ),
    "a message that cannot be rendered": config(
        STRICT + "_message_before_copy: '{{ nothing }}'\n",
        "demo/copier.yml:2: `_message_before_copy` cannot be rendered: …",
    ),
    "a message that is no text": config(
        "_message_after_copy: [x]\n", "demo/copier.yml:1: `_message_after_copy` must be text"
    ),
    "metadata that is no mapping": config(
        "a: 1\n_fastkit: [x]\n", "demo/copier.yml:2: `_fastkit` must be a mapping"
    ),
    "a layer that is missing": config(
        "_fastkit: {layers: [_no]}\n", "demo/copier.yml:1: has no layer `_no` beside it"
    ),
}

QUESTIONS = {
    "an unknown type": config(
        "a: 1\nb:\n  type: text\n",
        "demo/copier.yml:3: `type` of `b` has the unknown type `text`; "
        "there are str, int, float, bool, json, yaml, path",
        b="x",
    ),
    "a type that is no text": config("b:\n  type: [str]\n", "demo/copier.yml:2: `type` of `b` must be text"),
    "a default of another type": config(
        "a: 1\nb:\n  type: int\n  default: many\n",
        "demo/copier.yml:4: `default` of `b` cannot be `many`: it takes a whole number",
    ),
    "no default where there has to be text": config(
        "b:\n  type: str\n  default:\n", "demo/copier.yml:3: `default` of `b` cannot be `None`: it takes text"
    ),
    "a default that becomes another type": config(
        "a: x\nb: {type: int, default: '{{ a }}'}\n",
        "demo/copier.yml:2: `default` of `b` cannot be `x`: it takes a whole number",
    ),
    "a default that is no choice": config(
        "b:\n  choices: [x, y]\n  default: z\n",
        "demo/copier.yml:3: `default` of `b` cannot be `z`; choose from `x`, `y`",
    ),
    "a default that is no JSON": config(
        "b: {type: json, default: '{a: 1}'}\n",
        "demo/copier.yml:1: `default` of `b` cannot be `{a: 1}`: it takes JSON",
    ),
    "several defaults that are no list": config(
        "b:\n  type: str\n  multiselect: true\n  choices: [x]\n  default: 7\n",
        "demo/copier.yml:5: `default` of `b` must be a list",
    ),
    "choices that are a number": config(
        "b:\n  choices: 7\n", "demo/copier.yml:2: `choices` of `b` must be a list, a mapping or text"
    ),
    "choices that make a text": config(
        "b:\n  type: str\n  choices: '{{ 7 }}'\n",
        "demo/copier.yml:3: `choices` of `b` must be a list or a mapping",
        b="7",
    ),
    "choices that make no YAML": config(
        "b: {type: str, choices: '[{{ 1 }}'}\n",
        "demo/copier.yml:1: `choices` of `b` cannot be read: is not YAML: …",
        b="1",
    ),
    "a choice of three": config(
        "b:\n  choices: [[a, b, c]]\n",
        "demo/copier.yml:2: `choices` of `b` must be pairs of a label and a value, not `['a', 'b', 'c']`",
        b="a",
    ),
    "a choice without a value": config(
        "b:\n  choices: {A: {validator: x}}\n",
        "demo/copier.yml:2: `choices` of `b` have no `value` for `A`",
        b="A",
    ),
    "a choice of another type": config(
        "b:\n  type: int\n  choices: [1, two]\n",
        "demo/copier.yml:3: `choices` of `b` cannot be `two`: it takes a whole number",
        b=1,
    ),
    "a choice whose validator is no text": config(
        "b:\n  choices: {A: {value: a, validator: [x]}}\n",
        "demo/copier.yml:2: `choices` of `b` must have text as the `validator` of `A`",
        b="a",
    ),
    "a secret without a default": config(
        "a: 1\nb:\n  type: str\n  secret: true\n",
        "demo/copier.yml:2: `b` is secret, so it must have a `default`",
    ),
    "a secret by the settings without a default": config(
        "_secret_questions: [b]\nb: {type: str}\n",
        "demo/copier.yml:2: `b` is secret, so it must have a `default`",
    ),
    "a name that copier uses": config(
        "a: 1\nnow: 2\n", "demo/copier.yml:2: a question cannot be called `now`"
    ),
    "a name that Python uses": config("self: 2\n", "demo/copier.yml:1: a question cannot be called `self`"),
    "a help that is no text": config(
        "b:\n  help: [x]\n  type: str\n", "demo/copier.yml:2: `help` of `b` must be text"
    ),
    "a validator that is no text": config(
        "b:\n  type: str\n  validator: true\n", "demo/copier.yml:3: `validator` of `b` must be text"
    ),
    "a condition that is a list": config(
        "b:\n  type: str\n  when: [x]\n", "demo/copier.yml:3: `when` of `b` must be true, false or text"
    ),
    **{
        f"undefined in {setting}": config(
            f"{STRICT}b:\n  type: str\n  {setting}: {text}\n",
            f"demo/copier.yml:4: `{setting}` of `b` cannot be rendered: …",
            **given,
        )
        for setting, text, given in (
            ("default", "'{{ nothing }}'", {}),
            ("when", "'{{ nothing }}'", {"b": "x"}),
            ("validator", "'{{ nothing }}'", {"b": "x"}),
            ("choices", "['{{ nothing }}']", {"b": "x"}),
        )
    },
    **{
        f"a syntax error in {setting}": config(
            f"b:\n  type: str\n  {setting}: '{text}'\n",
            f"demo/copier.yml:3: `{setting}` of `b` cannot be rendered: …",
            **given,
        )
        for setting, text, given in (
            ("default", "{{ a", {}),
            ("when", "{% if %}", {"b": "x"}),
            ("validator", "{% endif %}", {"b": "x"}),
            ("choices", "{% for %}", {"b": "x"}),
        )
    },
    "undefined in an unnamed type": config(
        STRICT + "b: {default: x, type: '{{ nothing }}'}\n",
        "demo/copier.yml:2: `type` of `b` cannot be rendered: …",
    ),
    "an unknown filter": config(
        "b: \"{{ 'x' | slugify }}\"\n",
        "demo/copier.yml:1: `default` of `b` cannot be rendered: …",
    ),
    "an unknown test": config(
        "b: \"{{ 'x' is even_more }}\"\n",
        "demo/copier.yml:1: `default` of `b` cannot be rendered: …",
    ),
    "a division by nothing": config(
        "b: {type: int, default: '{{ 1 // 0 }}'}\n",
        "demo/copier.yml:1: `default` of `b` cannot be rendered: …",
    ),
    "a missing import": config(
        "b: \"{% from 'm.j' import m %}{{ m() }}\"\n",
        "demo/copier.yml:1: `default` of `b` cannot be rendered: "
        "includes `m.j`, which is not in the template",
    ),
    "a validator that refuses the default": Wrong(
        {"copier.yml": "b: {type: int, default: 1, validator: 'take more'}\n"},
        "`b` is not valid: take more",
        "pass another value for `b`",
    ),
}

FILES = {
    "undefined": file("src/a.py.jinja", "a = 1\n\nb = {{ nothing }}\n", "demo/src/a.py.jinja:3: …"),
    "an attribute of nothing": file("a.jinja", "\n{{ nothing.name }}\n", "demo/a.jinja:2: …", ""),
    "a syntax error": file("a.jinja", "one\n{% if %}\n", "demo/a.jinja:2: …"),
    "a block that is not closed": file(
        "a.jinja",
        "{% for x in [] %}\none\n",
        "demo/a.jinja:1: …",
    ),
    "a variable that is not closed": file(
        "a.jinja",
        "a\nb {{ c\n",
        "demo/a.jinja:2: …",
    ),
    "an end without a start": file("a.jinja", "a\n\n{% endif %}\n", "demo/a.jinja:3: …"),
    "an unknown tag": file("a.jinja", "{% switch x %}\n", "demo/a.jinja:1: …"),
    "an unknown filter": file("a.jinja", "\n{{ 'x' | slugify }}\n", "demo/a.jinja:2: …"),
    "an unknown test": file("a.jinja", "{{ 'x' is odd_one }}\n", "demo/a.jinja:1: …"),
    "a division by nothing": file("a.jinja", "\n\n{{ 1 // 0 }}\n", "demo/a.jinja:3: …"),
    "a filter that takes no text": file("a.jinja", "{{ 'x' | from_json }}\n", "demo/a.jinja:1: …"),
    "an included file that is missing": file(
        "a.jinja",
        "\n{% include 'no.txt' %}\n",
        "demo/a.jinja:2: includes `no.txt`, which is not in the template",
    ),
    "an included file that is outside": file(
        "a.jinja",
        "{% include '../no.txt' %}\n",
        "demo/a.jinja:1: includes `../no.txt`, which is not in the template",
    ),
    "a file that includes itself": file(
        "a.jinja", "{% include 'a.jinja' %}\n", "demo/a.jinja:1: calls itself without end"
    ),
    "a macro that calls itself": file(
        "a.jinja",
        "{% macro m() %}{{ m() }}{% endmacro %}\n{{ m() }}\n",
        "demo/a.jinja:1: calls itself without end",
    ),
    "bytes that are no text": file(
        "a.jinja",
        b"\xff\xfe\x00",
        "demo/a.jinja: is not UTF-8 text: …",
    ),
    "undefined in a name": file(
        "src/{{ nothing }}.py",
        "",
        "demo/src/{{ nothing }}.py: the name cannot be rendered: …",
    ),
    "a syntax error in a name": file(
        "src/{{ a.py",
        "",
        "demo/src/{{ a.py: the name cannot be rendered: …",
    ),
    "an unknown filter in a name": file(
        "{{ 'a' | slugify }}",
        "",
        "demo/{{ 'a' | slugify }}: the name cannot be rendered: …",
    ),
    "yield in a file": file(
        "a.jinja",
        "{% yield x from [1] %}{{ x }}{% endyield %}\n",
        "demo: …",
    ),
    "two yields in a name": file(
        "{% yield x from [1] %}{% endyield %}{% yield y from [1] %}{% endyield %}",
        "",
        "demo: …",
    ),
    "a name that leads out": file(
        "{{ '..' }}/a", "", "demo/{{ '..' }}: makes `..`, which is outside of the project"
    ),
    "an absolute name": Wrong(
        {"copier.yml": "a: /etc/x", "{{ a }}/b": ""},
        "demo/{{ a }}: makes `/etc/x`, which is outside of the project",
    ),
    "a link out of the template": file(
        "l", "-> /etc/passwd", "demo/l: is a link that leads out of the template"
    ),
    "a link to nowhere": file("l", "-> nowhere", "demo/l: is a link to nowhere"),
    "a file where a folder is": Wrong(
        {"copier.yml": "_subdirectory: p\na: x", "p/{{ a }}": "", "p/x/b": ""},
        "demo/p/{{ a }}: becomes `x`, as `x` does",
    ),
    "Python code that is reached for": file(
        "a.jinja",
        "{{ ''.__class__.__mro__ }}\n",
        "demo/a.jinja:1: …",
    ),
}

WRONG: Mapping[str, Wrong] = {
    f"{kind}: {name}": wrong
    for kind, cases in {"YAML": YAML, "settings": SETTINGS, "questions": QUESTIONS, "files": FILES}.items()
    for name, wrong in cases.items()
}


def is_as_written(line: str, wanted: str) -> bool:
    own, theirs, _ = wanted.partition("…")
    return line.startswith(own) and len(line) > len(own) if theirs else line == wanted


def told(wrong: Wrong, root: Path) -> FastkitError:
    """The error by which `startdemo` refuses the template."""
    folder = write(root / "demo", {"copier.yml": "", **wrong.files})
    with pytest.raises(FastkitError) as error, redirect_stdout(StringIO()):
        start(folder, wrong.answers)
    return error.value


def start(folder: Path, answers: Mapping[str, Any]) -> None:
    template = find_template(str(folder))
    settle_trust(template, False)
    sandbox = template.sandbox(trusted=False, parent=folder.parent, given=answers)
    message(template, BEFORE, sandbox, answers)
    given = {"project_name": "shop", **answers}
    recipe = make_recipe(template, (), given, None, parent=folder.parent, install=False)
    project = folder.parent / "shop"
    preview(Plan(replace(recipe, name="shop", owners_folder=project), project))


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told_in_two_lines(name: str, tmp_path: Path) -> None:
    error = told(WRONG[name], tmp_path)
    assert is_as_written(error.message, WRONG[name].error), error.message
    assert error.hint == WRONG[name].hint
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


@pytest.mark.parametrize(
    ("path", "line"),
    [("YAML: a list that is not closed", 3), ("questions: an unknown filter", 1), ("files: undefined", 3)],
)
def test_it_is_told_on_the_command_line(path: str, line: int, tmp_path: Path) -> None:
    wrong = WRONG[path]
    write(tmp_path / "demo", wrong.files)
    words = ["startdemo", "./demo", "--project-name", "shop", "--yes"]
    done = fastkit(*words, cwd=tmp_path)
    error, hint = done.error_lines
    assert is_as_written(error, f"error: {wrong.error}"), error
    assert (done.code, hint) == (1, f"hint: {wrong.hint}")
    assert f":{line}: " in done.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["demo"]
