"""Files that are not valid in the format that their name says."""

import pytest

from fastkit.catalog.template import Template
from fastkit.checking.formats import check_format
from tests.support.good_template import copied, rendered

DEEP = f"{'[' * 3000}{']' * 3000}"


@pytest.mark.parametrize(
    ("path", "content", "line", "message"),
    [
        ("main.py", "x = 1\ndef\n", 2, "is not valid Python: "),
        ("x.toml", "a = 1\nb = \n", 2, "is not valid TOML: "),
        ("x.json", "{\n,}\n", 2, "is not valid JSON: Expecting property name"),
        ("tsconfig.json", "{\n// a\n1}\n", 3, "is not valid JSON: "),
        (".env.example", "A=1\n\n2\n", 3, "is not valid dotenv: expected `NAME=VALUE` or a comment"),
        ("x.toml", f"a = {DEEP}\n", None, "is not valid TOML: "),
        ("x.json", f"{DEEP}\n", None, "is not valid JSON: it is nested too deeply"),
        ("x.yml", "a: 1\nb: [\n", 3, "is not valid YAML: "),
        ("x.md", "# X\n\n```python\nx\n", 3, "is not valid Markdown: the code block has no end"),
        ("x.ini", "[a]\nb = 1\n[\n", 3, "is not valid INI: expected `name = value` or `[section]`"),
        ("x.ini", "b = 1\n", 1, "is not valid INI: expected `name = value` or `[section]`"),
        (".editorconfig", "root = true\n[*\n", 2, "is not valid INI: "),
        (".env", "A=1\nB 2\n", 2, "is not valid dotenv: "),
        ("Dockerfile", "# x\nRUN make\n", None, "is not valid Dockerfile: it must begin with FROM"),
        ("x.py", b"\xff\n", None, "is not valid UTF-8"),
    ],
)
def test_a_file_that_is_not_valid_is_reported_with_its_line(
    path: str, content: str | bytes, line: int | None, message: str, template: Template
) -> None:
    (found,) = check_format(template, copied(path, content))
    assert (found.file, found.line) == (path, line)
    assert found.message.startswith(message)
    assert "\n" not in found.message


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (".vscode/x.json", "// x\n{}\n"),
        ("tsconfig.json", '{\n  /* a */ "a": ["//,]", 1,], // b\n}\n'),
        ("asv.conf.json", '// a\n{"b": "https://c"}\n'),
        ("x.jsonc", '{"a": 1, // b\n}\n'),
        ("x.code-workspace", '{"folders": [],}\n'),
        ("renovate.json5", "{a: 'b',}\n"),
        (".envrc", "if has nix; then\n  use flake\nfi\n"),
        (".env", 'A="one\ntwo"\nexport B=1\nC\n\n# d\nE=\n'),
        ("chart/templates/x.yaml", "{{- if .Values.on }}\na: {{ .Values.a }}\n{{- end }}\n"),
        ("haproxy.cfg", "global\n  daemon\n"),
        (".editorconfig", "root = true\n\n[*]\nindent_size = 4\n"),
        ("setup.cfg", "[a]\nb = %(c)s\n"),
        ("x.yml", "a: !reset null\n"),
        ("x.md", "```\n~~~\n```\n"),
        ("Dockerfile", "ARG A=1\nFROM x\n"),
        ("x.png", b"\x89PNG\r\n\x1a\n\0"),
        ("__init__.py", ""),
    ],
)
def test_a_valid_file_is_accepted(path: str, content: str | bytes, template: Template) -> None:
    assert [*check_format(template, copied(path, content))] == []


@pytest.mark.parametrize("text", [f"a = {'-' * 200_000}1\n", f"a = {'[' * 3000}{']' * 3000}\n"])
def test_python_that_no_interpreter_accepts_is_at_most_a_finding(text: str, template: Template) -> None:
    found = check_format(template, copied("x.py", text))
    assert all(finding.message.startswith("is not valid Python: ") for finding in found)


def test_the_hint_for_a_rendered_file_is_to_escape_values(template: Template) -> None:
    (found,) = check_format(template, rendered("x.toml", 'a = "b"c"\n'))
    assert found.hint == "write values with `{{ value | to_json(ensure_ascii=false) }}`"
    (found,) = check_format(template, copied("x.toml", 'a = "b"c"\n'))
    assert found.hint == "fix the file"


def test_the_line_of_a_rendered_file_is_in_the_message(template: Template) -> None:
    (found,) = check_format(template, rendered("x.json", "{\n"))
    assert (found.file, found.line) == ("x.json.jinja", None)
    assert found.message.startswith("`x.json`, line 2 as rendered: is not valid JSON: ")
