"""`fastkit template check`: a good template passes, and each fault is found at its place."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from fastkit.catalog.find import find_template
from fastkit.checking import matrix
from fastkit.checking.check import check
from fastkit.checking.finding import File, Finding
from fastkit.checking.formats import judge_format
from fastkit.computing import limits
from fastkit.rendering import stage
from tests.support.command_line import fastkit
from tests.support.folders import write

COPIER_YML = """\
_subdirectory: project
_envops: {undefined: jinja2.StrictUndefined}
_fastkit:
  title: A good template
  description: There is nothing to find in it
  version: 1.0.0
  dependencies: [fastapi]
project_name: {type: str}
description: {type: str}
database: {type: str, choices: [none, sqlite], default: none}
"""

PYPROJECT = """\
[project]
name = {{ project_name | to_json }}
description = {{ description | to_json(ensure_ascii=false) }}
dependencies = ["fastapi>=0.100"]
"""

GOOD: Mapping[str, str | bytes] = {
    "copier.yml": COPIER_YML,
    "project/pyproject.toml.jinja": PYPROJECT,
    "project/main.py": "app = None\n",
}


def findings(tmp_path: Path, changes: Mapping[str, str | bytes], **options: bool) -> list[Finding]:
    """What is found in the good template after these changes."""
    write(tmp_path / "shop", {**GOOD, **changes})
    template = find_template(str(tmp_path / "shop"))
    result = check(template, {}, trust=options.get("trust", False), advance=lambda done, total: None)
    return list(result.findings)


def only(found: list[Finding]) -> Finding:
    assert len(found) == 1, found
    return found[0]


def test_nothing_is_found_in_a_good_template(tmp_path: Path) -> None:
    assert findings(tmp_path, {}) == []


def with_line(line: str) -> dict[str, str]:
    """The good copier.yml with one more line, its eleventh."""
    return {"copier.yml": COPIER_YML + line + "\n"}


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        (
            "_exclud: [x]",
            "`_exclud` is an unknown setting, which is ignored",
            "did you mean `_exclude`?",
        ),
        (
            "port: {type: int, defualt: 8000, default: 1}",
            "`defualt` is an unknown key of the question `port`, which is ignored",
            "did you mean `default`?",
        ),
        (
            'port: {type: int, default: "{{ databse }}"}',
            "in `default` of `port`, `databse` is undeclared",
            "did you mean `database`?",
        ),
        (
            "_message_after_copy: Hello {{ projet_name }}",
            "in `_message_after_copy`, `projet_name` is undeclared",
            "did you mean `project_name`?",
        ),
        (
            "_tasks: [make]",
            "`_tasks` runs code (tasks)",
            "do without it, or check the template with --trust, as its users will have to use it",
        ),
        (
            'port: {type: str, validator: "never"}',
            "`port` has no default, and no sample passes as its answer",
            "give it a `default` or a `placeholder`, or check with --set port=VALUE",
        ),
    ],
)
def test_a_fault_of_copier_yml_is_told_with_its_line(
    line: str, message: str, hint: str, tmp_path: Path
) -> None:
    found = only(findings(tmp_path, with_line(line)))
    assert (found.message, found.hint, found.place) == (message, hint, "copier.yml:11")


def test_a_key_below_fastkit_is_checked_too(tmp_path: Path) -> None:
    found = only(findings(tmp_path, {"copier.yml": COPIER_YML.replace("  title:", "  tagz: [x]\n  title:")}))
    assert (found.hint, found.place) == ("did you mean `tags`?", "copier.yml:4")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("one\n{{ databse }}\n", 2, "`databse` is undeclared"),
        ("\n\n{% if databse %}x{% endif %}\n", 3, "`databse` is undeclared"),
        ("{{ database | uper }}\n", 1, "`uper` is an unknown filter"),
        ("{% if database is textual %}x{% endif %}\n", 1, "`textual` is an unknown test"),
        ("{{ now() }}\n", 1, "`now` gives another result each time"),
        ("{{ '%Y' | strftime }}\n", 1, "`strftime` gives another result each time"),
    ],
)
def test_a_fault_of_a_file_is_told_with_its_line(text: str, line: int, message: str, tmp_path: Path) -> None:
    found = findings(tmp_path, {"project/notes.txt.jinja": text})
    assert (f"project/notes.txt.jinja:{line}", message) in [(f.place, f.message) for f in found]


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    found = findings(tmp_path, {"project/notes.txt.jinja": "one\n{% if database %}\n"})
    assert {f.place for f in found if f.check == "names"} == {"project/notes.txt.jinja:2"}


@pytest.mark.parametrize(
    "text",
    [
        "{% set port = 1 %}{{ port }}",
        "{% for tag in ['a'] %}{{ tag }}{{ loop.index }}{% endfor %}",
        "{% macro row(cell) %}{{ cell }}{% endmacro %}{{ row(database) }}",
        "{{ range(3) | join }}{{ _copier_conf.os }}",
        "{{ port | default('8000') }}",
        "{% if port is defined %}x{% endif %}",
        "{% import 'macros.txt' as macros %}{{ macros.row(database) }}",
        "{% raw %}{{ anything }}{% endraw %}",
        "{{ '%Y' | strftime(0) }}",
    ],
)
def test_a_name_that_something_declares_is_no_fault(text: str, tmp_path: Path) -> None:
    macros = "{% macro row(cell) %}{{ cell }}{% endmacro %}"
    assert findings(tmp_path, {"project/x.txt.jinja": text + "\n", "macros.txt": macros}) == []


def test_what_a_file_includes_is_judged_with_it(tmp_path: Path) -> None:
    files = {"project/x.txt.jinja": "{% include 'part.txt' %}\n", "part.txt": "one\n{{ databse }}"}
    assert "part.txt:2" in [found.place for found in findings(tmp_path, files)]


def test_own_delimiters_are_respected(tmp_path: Path) -> None:
    own = COPIER_YML.replace(
        "{undefined:", '{variable_start_string: "[[", variable_end_string: "]]", undefined:'
    )
    files = {
        "copier.yml": own,
        "project/pyproject.toml.jinja": PYPROJECT.replace("{{", "[[").replace("}}", "]]"),
        "project/page.html.jinja": "{{ databse }}\n",
    }
    assert findings(tmp_path, files) == []
    files["project/page.html.jinja"] = "[[ databse ]]\n"
    assert {found.place for found in findings(tmp_path, files)} >= {"project/page.html.jinja:1"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("{{ databse }}.txt", "in the file's name, `databse` is undeclared"),
        ("{% if database %}x.txt", "in the file's name, "),
    ],
)
def test_a_fault_of_a_name_is_told(name: str, message: str, tmp_path: Path) -> None:
    found = [f for f in findings(tmp_path, {f"project/{name}": "x\n"}) if f.check == "names"]
    assert only(found).message.startswith(message)
    assert only(found).file == f"project/{name}"


def test_a_name_that_yields_several_is_no_fault(tmp_path: Path) -> None:
    name = "{% yield one from ['a', 'b'] %}{{ one }}{% endyield %}.txt.jinja"
    assert findings(tmp_path, {f"project/{name}": "{{ one }}\n"}) == []


# What is rendered.


@pytest.mark.parametrize("text", [f"a = {'-' * 200_000}1\n", f"a = {'[' * 3000}{']' * 3000}\n"])
def test_python_that_no_interpreter_takes_is_at_most_a_finding(text: str) -> None:
    assert all("is no Python" in found.message for found in judge_format(File("x.py", text.encode(), None)))


DEEP = f"{'[' * 3000}{']' * 3000}"


@pytest.mark.parametrize(
    ("files", "place", "message"),
    [
        ({"project/main.py": "x = 1\ndef\n"}, "project/main.py:2", "is no Python: "),
        ({"project/x.toml": "a = 1\nb = \n"}, "project/x.toml:2", "is not TOML: "),
        ({"project/x.json": "{\n,}\n"}, "project/x.json:2", "is no JSON: "),
        ({"project/tsconfig.json": "{\n// a\n1}\n"}, "project/tsconfig.json:3", "is no JSON: "),
        ({"project/.env.example": "A=1\n\n2\n"}, "project/.env.example:3", "is no dotenv file: "),
        ({"project/x.toml": f"a = {DEEP}\n"}, "project/x.toml", "is not TOML: "),
        ({"project/x.json": f"{DEEP}\n"}, "project/x.json", "is no JSON: "),
        ({"project/x.yml": "a: 1\nb: [\n"}, "project/x.yml:3", "is no YAML: "),
        ({"project/x.md": "# X\n\n```python\nx\n"}, "project/x.md:3", "has a block of code without an end"),
        ({"project/x.ini": "[a]\nb = 1\n[\n"}, "project/x.ini:3", "is no INI file"),
        ({"project/.editorconfig": "root = true\n[*\n"}, "project/.editorconfig:2", "is no INI file"),
        ({"project/.env": "A=1\nB 2\n"}, "project/.env:2", "is no dotenv file: "),
        ({"project/Dockerfile": "# x\nRUN make\n"}, "project/Dockerfile", "begins without FROM"),
        ({"project/x.py": b"\xff\n"}, "project/x.py", "is no UTF-8 text"),
        ({"project/x.txt": "a\r\nb\r\n"}, "project/x.txt:1", "a line ends as on Windows"),
        ({"project/x.txt": "a\nb \n"}, "project/x.txt:2", "blanks at the end of a line"),
        ({"project/x.txt": "a\nb"}, "project/x.txt:2", "the last line has no end"),
        ({"project/x.txt": "a\n\n"}, "project/x.txt:2", "empty lines at the end"),
        ({"project/x.txt": "a\n{{ database }}\n"}, "project/x.txt:2", "holds `{{ database }}`"),
        ({"project/aux.txt": "a\n"}, "project/aux.txt", "`aux.txt` is a device on Windows"),
        ({"project/a?.txt": "a\n"}, "project/a?.txt", "Windows takes no such name"),
        ({"project/main.py.orig": "a\n"}, "project/main.py.orig", "`main.py.orig` is no file of a project"),
        ({"project/x.txt.jinja.jinja": "a\n"}, "project/x.txt.jinja.jinja", "`x.txt.jinja` is no file"),
        ({f"project/{'a' * 121}": "a\n"}, f"project/{'a' * 121}", f"`{'a' * 121}` has 121 characters"),
        ({"project/a.txt": "a\n", "project/A.txt": "a\n"}, "", "`A.txt` and `a.txt` are one file on Windows"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else "",
)
def test_each_rendered_file_is_judged(
    files: dict[str, str | bytes], place: str, message: str, tmp_path: Path
) -> None:
    found = findings(tmp_path, files)
    assert [f for f in found if f.place == place and f.message.startswith(message) and f.answers == ()], found


@pytest.mark.parametrize(
    "files",
    [
        {"project/x.html": "<p>{{ whatever }}</p>\n"},
        {"project/x.html.jinja": "{% raw %}{{ database }}{% endraw %}\n"},
        {"project/ci.yml": "run: ${{ matrix.database }}\n"},
        {"project/x.md": "one  \ntwo\n"},
        {"project/x.bat": "rem\r\n"},
        {"project/.vscode/x.json": "// x\n{}\n"},
        {"project/tsconfig.json": '{\n  /* a */ "a": ["//,]", 1,], // b\n}\n'},
        {"project/asv.conf.json": '// a\n{"b": "https://c"}\n'},
        {"project/x.jsonc": '{"a": 1, // b\n}\n'},
        {"project/x.code-workspace": '{"folders": [],}\n'},
        {"project/renovate.json5": "{a: 'b',}\n"},
        {"project/.envrc": "if has nix; then\n  use flake\nfi\n"},
        {"project/.env": 'A="one\ntwo"\nexport B=1\nC\n\n# d\nE=\n'},
        {"project/chart/templates/x.yaml": "{{- if .Values.on }}\na: {{ .Values.a }}\n{{- end }}\n"},
        {"project/haproxy.cfg": "global\n  daemon\n"},
        {"project/x.yml": "a: !reset null\n"},
        {"project/x.png": b"\x89PNG\r\n\x1a\n\0"},
        {"project/empty.txt": ""},
    ],
    ids=lambda files: next(iter(files)),
)
def test_what_a_project_may_well_have_is_no_fault(files: dict[str, str | bytes], tmp_path: Path) -> None:
    assert findings(tmp_path, files) == []


def test_a_value_that_is_pasted_breaks_the_file_for_some_answers_only(tmp_path: Path) -> None:
    pasted = PYPROJECT.replace("{{ description | to_json(ensure_ascii=false) }}", '"{{ description }}"')
    found = only(findings(tmp_path, {"project/pyproject.toml.jinja": pasted}))
    assert found.answers == ("quotes in description",)
    assert found.message.startswith("`pyproject.toml`, line 3 as rendered: is not TOML")
    assert found.hint == "write values with `{{ value | to_json(ensure_ascii=false) }}`"


def test_a_fault_behind_one_choice_names_that_answer(tmp_path: Path) -> None:
    text = "{% if database == 'sqlite' %}{{ database / 2 }}{% endif %}\n"
    found = only(findings(tmp_path, {"project/x.txt.jinja": text}))
    assert (found.check, found.answers) == ("render", ("database=sqlite",))
    assert found.place == "project/x.txt.jinja:1"


def test_a_question_behind_an_answer_is_varied_too(tmp_path: Path) -> None:
    files = with_line("pool: {type: bool, default: false, when: \"{{ database == 'sqlite' }}\"}")
    files["project/x.txt.jinja"] = "{% if pool | default(false) %}{{ 1 / 0 }}{% endif %}\n"
    assert only(findings(tmp_path, files)).answers == ("database=sqlite, pool=true",)


def test_content_that_differs_between_two_renders_is_a_fault(tmp_path: Path) -> None:
    found = findings(
        tmp_path, {"project/x.txt.jinja": "{{ (database ~ 'bcdefghijklm') | list | shuffle | join }}\n"}
    )
    assert "two renders differ" in [f.message for f in found]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
def test_a_text_of_gigabytes_is_a_finding(tmp_path: Path) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    text = "{{ 'a' | center(1000000000) | length }}{% if 'a' | center(1000000000) %}x{% endif %}\n"
    found = only(findings(tmp_path, {"project/x.txt.jinja": text}))
    assert (found.message, found.place) == ("takes too much memory to compute", "project/x.txt.jinja:1")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000, "it was computed here"


# What a template says of itself.


def test_a_template_without_metadata_passes_with_a_note(tmp_path: Path) -> None:
    bare = "_subdirectory: project\nproject_name: {type: str}\ndescription: {type: str}\n"
    write(tmp_path / "shop", {**GOOD, "copier.yml": bare})
    run = fastkit("template", "check", "./shop", cwd=tmp_path)
    assert run.code == 0
    note = "`shop` has no `_fastkit`, so lists show neither a title nor a version of it"
    assert run.out == f"note: {note}\nshop: 2 projects judged, nothing found\n"
    assert fastkit("template", "check", "./shop", "--json", cwd=tmp_path).answer["templates"][0]["notes"] == [
        note
    ]


def test_a_folder_is_checked_whose_name_ends_like_that_of_a_cache(tmp_path: Path) -> None:
    found = findings(tmp_path, {"project/src/response_cache/x.txt.jinja": "{{ authro }}\n"})
    assert [
        f for f in found if f.place == "project/src/response_cache/x.txt.jinja:1" and "authro" in f.message
    ]


@pytest.mark.parametrize("version", ["1.0", "2.0.0rc1", "2026.11.26", "1.0.0-alpha.2"])
def test_a_version_that_updates_can_compare_is_good(version: str, tmp_path: Path) -> None:
    text = COPIER_YML.replace("1.0.0", f'"{version}"').replace("  dep", f'  notes: {{"{version}": x}}\n  dep')
    assert findings(tmp_path, {"copier.yml": text}) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (COPIER_YML.replace("1.0.0", "1.0.0-SNAPSHOT"), "copier.yml:6"),
        (COPIER_YML.replace("  dep", "  notes:\n    1.0.0-SNAPSHOT: x\n  dep"), "copier.yml:7"),
    ],
    ids=["the template's", "of a note"],
)
def test_a_version_that_updates_cannot_compare_is_a_fault(text: str, place: str, tmp_path: Path) -> None:
    found = only(findings(tmp_path, {"copier.yml": text}))
    assert found.message == "the version `1.0.0-SNAPSHOT` cannot be compared"
    assert found.place == place


def test_a_dependency_that_the_metadata_lacks_is_a_fault(tmp_path: Path) -> None:
    more = PYPROJECT.replace('0.100"', '0.100", "Typer_Slim[x]>1"')
    found = only(findings(tmp_path, {"project/pyproject.toml.jinja": more}))
    assert found.message == "projects install `typer-slim`, which the metadata does not name"
    assert found.place == "copier.yml:7"


def test_a_dependency_of_the_metadata_that_no_project_has_is_a_fault(tmp_path: Path) -> None:
    more = COPIER_YML.replace("[fastapi]", "[fastapi, redis]")
    found = only(findings(tmp_path, {"copier.yml": more}))
    assert found.message == "the metadata names `redis`, which no project installs"


def test_a_dependency_of_some_answers_is_no_fault(tmp_path: Path) -> None:
    files = {
        "copier.yml": COPIER_YML.replace("[fastapi]", "[fastapi, redis]"),
        "project/pyproject.toml.jinja": PYPROJECT.replace(
            '0.100"', '0.100"{% if database == \'sqlite\' %}, "redis"{% endif %}'
        ),
    }
    assert findings(tmp_path, files) == []


# Features.

OFFERS = COPIER_YML.replace("  title:", "  features: [box, robot, lean]\n  title:")

FEATURES = {
    "copier.yml": OFFERS,
    "features/box/feature.yml": "title: Box\n",
    "features/box/project/Dockerfile": "FROM python:3.13\n",
    "features/robot/feature.yml": "title: Robot\nrequires: [box]\n",
    "features/robot/project/robot.yml": "a: 1\n",
    "features/lean/feature.yml": "title: Lean\nconflicts: [robot]\n",
    "features/lean/project/lean.txt": "a\n",
}


def test_each_feature_and_each_pair_that_agrees_is_a_project(tmp_path: Path) -> None:
    write(tmp_path / "shop", {**GOOD, **FEATURES})
    template = find_template(str(tmp_path / "shop"))
    result = check(template, {}, trust=False, advance=lambda done, total: None)
    assert result.findings == ()
    assert [case.name for case in result.cases if case.name.startswith("with")] == [
        "with box",
        "with box, robot",
        "with lean",
        "with box, lean",
    ]


def test_a_fault_of_a_feature_names_it(tmp_path: Path) -> None:
    files = {**FEATURES, "features/robot/project/robot.yml": "a: [\n"}
    found = only(findings(tmp_path, files))
    assert (found.place, found.answers) == ("features/robot/project/robot.yml:2", ("with box, robot",))


def test_a_feature_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    found = findings(tmp_path, {"copier.yml": OFFERS})
    assert {f.message for f in found} == {"offers the feature `box`, which has no feature.yml"}


# Trust.


def test_a_trusted_template_may_run_code(tmp_path: Path) -> None:
    assert findings(tmp_path, with_line("_tasks: [make]"), trust=True) == []


# The command.


def test_a_good_template_is_one_line(tmp_path: Path) -> None:
    write(tmp_path / "shop", GOOD)
    run = fastkit("template", "check", "./shop", cwd=tmp_path)
    assert (run.code, run.out) == (0, "shop: 3 projects judged, nothing found\n")


def test_findings_are_a_table_and_exit_1(tmp_path: Path) -> None:
    write(tmp_path / "shop", {**GOOD, "project/x.json": "{"})
    run = fastkit("template", "check", "./shop", cwd=tmp_path)
    assert run.code == 1
    for text in ("project/x.json:1", "is no JSON", "hint: mend the file", "3 projects judged, 2 findings"):
        assert text in run.out


def test_json_is_one_object_for_all_templates(tmp_path: Path) -> None:
    write(tmp_path / "shop", {**GOOD, "project/x.json": "{\n"})
    write(tmp_path / "good", GOOD)
    run = fastkit("template", "check", "./shop", "./good", "--json", cwd=tmp_path)
    assert run.code == 1
    answer = json.loads(run.out)
    assert answer["findings"] == 1
    shop, good = answer["templates"]
    assert (good["name"], good["projects"], good["findings"]) == ("good", 3, [])
    assert shop["findings"] == [
        {
            "check": "format",
            "file": "project/x.json",
            "line": 2,
            "message": "is no JSON: Expecting property name enclosed in double quotes",
            "hint": "mend the file",
            "answers": [],
            "output": [],
        }
    ]


def test_a_template_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path / "bad", {"copier.yml": "a: [\n"})
    write(tmp_path / "good", GOOD)
    run = fastkit("template", "check", "./bad", "./good", "--json", cwd=tmp_path)
    assert run.code == 1
    bad, good = run.answer["templates"]
    assert (bad["findings"][0]["file"], bad["findings"][0]["line"]) == ("copier.yml", 2)
    assert good["findings"] == []


def test_an_answer_can_be_given_for_all_projects(tmp_path: Path) -> None:
    picky = "port: {type: str, validator: \"{{ 'no' if port != '8000' }}\"}"
    write(tmp_path / "shop", {**GOOD, **with_line(picky)})
    assert fastkit("template", "check", "./shop", cwd=tmp_path).code == 1
    assert fastkit("template", "check", "./shop", "--set", "port=8000", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("./nowhere",), "there is no template `./nowhere`"),
        (("./shop", "--set", "port"), "`--set port` is not KEY=VALUE"),
        (("./shop", "--set", "prt=1"), "there is no question in `shop` called `prt`"),
        ((), "missing argument 'TEMPLATE_OR_FOLDER...'"),
    ],
)
def test_wrong_usage_is_two_lines(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    write(tmp_path / "shop", GOOD)
    run = fastkit("template", "check", *words, cwd=tmp_path)
    assert run.code == 2
    assert run.error_lines[-2] == f"error: {message}"
    assert run.error_lines[-1].startswith("hint: ")


# At work.

RUNS = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = []

[dependency-groups]
dev = []

[tool.uv]
package = false
"""


def test_without_a_registry_run_says_so(tmp_path: Path) -> None:
    write(tmp_path / "shop", {**GOOD, "project/pyproject.toml.jinja": PYPROJECT + 'version = "1"\n'})
    nobody = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_CACHE_DIR": str(tmp_path / "cache")}
    run = fastkit(
        *("template", "check", "./shop", "--run", "--trust"),
        cwd=tmp_path,
        env={**nobody, "UV_HTTP_RETRIES": "0"},
    )
    assert run.code == 1
    assert run.error_lines[-2].startswith("error: no package registry answers, so no project can be run")
    assert run.error_lines[-1] == "hint: go online, or leave --run out"


@pytest.mark.skipif(os.name == "nt", reason="the tools are scripts for sh")
def test_run_tells_the_project_and_the_last_lines_of_a_tool_that_fails(tmp_path: Path) -> None:
    bare = COPIER_YML.replace("  dependencies: [fastapi]\n", "")
    write(tmp_path / "shop", {**GOOD, "copier.yml": bare, "project/pyproject.toml.jinja": RUNS})
    uv = write(tmp_path / "bin", {"uv": FAKE_UV}) / "uv"
    uv.chmod(0o755)
    path = f"{uv.parent}{os.pathsep}{os.environ['PATH']}"
    words = ("template", "check", "./shop", "--run", "--trust", "--json")
    run = fastkit(*words, cwd=tmp_path, env={"PATH": path})
    assert run.code == 1, run.err
    shop = run.answer["templates"][0]
    assert shop["ran"] == [
        {"answers": "defaults", "tools": ["ruff check", "ruff format --check", "pytest -q"]}
    ]
    assert [(f["message"], f["output"]) for f in shop["findings"]] == [
        ("`pytest -q` fails in the project", ["test_a failed"])
    ]


def test_run_installs_nothing_of_a_template_that_is_not_trusted(tmp_path: Path) -> None:
    write(tmp_path / "shop", {**GOOD, "project/pyproject.toml.jinja": RUNS})
    uv = write(tmp_path / "bin", {"uv": f"#!/bin/sh\ntouch {tmp_path}/ran\n"}) / "uv"
    uv.chmod(0o755)
    path = f"{uv.parent}{os.pathsep}{os.environ['PATH']}"
    run = fastkit("template", "check", "./shop", "--run", "--json", cwd=tmp_path, env={"PATH": path})
    assert run.code == 1
    shop = run.answer["templates"][0]
    assert shop["ran"] == []
    assert [finding["hint"] for finding in shop["findings"] if finding["check"] == "run"] == [
        "read it; if you trust its author, pass --trust"
    ]
    assert not (tmp_path / "ran").exists()


FAKE_UV = """\
#!/bin/sh
[ "$1" = --version ] && { echo uv 99.0.0; exit; }
mkdir -p .venv/bin
printf '#!/bin/sh\\nexit 0\\n' > .venv/bin/ruff
printf '#!/bin/sh\\necho test_a failed; exit 1\\n' > .venv/bin/pytest
chmod +x .venv/bin/*
"""


# Of a stranger's template.


def test_what_nests_too_deep_is_found(tmp_path: Path) -> None:
    changes = {
        "project/a.txt.jinja": "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "project/b.json": "[" * 200_000,
        "project/c.toml": "a = " + "[" * 20_000,
    }
    found = findings(tmp_path, changes)
    assert [(finding.file, "deep" in finding.message) for finding in found if finding.file] == [
        ("project/a.txt.jinja", True)
    ]
    (tmp_path / "shop/project/a.txt.jinja").unlink()
    del changes["project/a.txt.jinja"]
    assert {finding.file for finding in findings(tmp_path, changes)} == {"project/b.json", "project/c.toml"}


def test_what_takes_too_long_to_judge_is_one_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "SECONDS", 1)
    found = findings(tmp_path, {"project/a.txt": "{{" * 300_000})
    assert "takes more than 1 seconds to compute" in [finding.message for finding in found]


def test_no_more_projects_are_tried_than_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "MOST_PROJECTS", 3)
    choices = [f"x{number}" for number in range(50)]
    question = f"q: {{type: str, default: x0, choices: {json.dumps(choices)}}}"
    assert only(findings(tmp_path, with_line(question))).message == (
        "makes more than 3 kinds of projects; the rest was not checked"
    )


def test_all_projects_together_have_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES_FETCHED", 100_000)
    found = only(findings(tmp_path, {"project/a.txt": "x\n" * 60_000}))
    assert found.message == "makes projects that are too many or too large, all together"


def test_no_file_of_this_machine_is_judged_as_an_included_one(tmp_path: Path) -> None:
    secret = write(tmp_path, {"secret.txt": "{{ secret }}"}) / "secret.txt"
    line = "{% include '" + str(secret) + "' %}{% include '../secret.txt' %}"
    found = findings(tmp_path, {"project/a.txt.jinja": f"{line}\n"})
    assert not [finding for finding in found if "`secret`" in finding.message]


def test_a_list_of_names_has_bounds(tmp_path: Path) -> None:
    names = json.dumps(["x"] * 201)
    found = findings(tmp_path, {"copier.yml": COPIER_YML.replace("[fastapi]", names)})
    assert {finding.message for finding in found} == {"has a `dependencies` of more than 200 names"}
