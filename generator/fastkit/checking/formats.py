"""Check: a file is valid in the format that its name says."""

import configparser
import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from fastkit.catalog.template import Template
from fastkit.checking.finding import File, Finding
from fastkit.computing.documents import parse_toml
from fastkit.computing.safe_yaml import DocumentError

CHECK = "format"

SERIALISED = (".toml", ".json", ".yml", ".yaml", ".py")
"""Formats in which a string can be written as JSON writes it."""

SERIALISE = "write values with `{{ value | to_json(ensure_ascii=false) }}`"

WITH_COMMENTS = (
    *(".vscode/*", ".zed/*", ".devcontainer/*", "devcontainer.json", ".devcontainer.json"),
    *("tsconfig*.json", "jsconfig*.json", "typedoc.json", "tslint.json", "api-extractor.json"),
    *("asv.conf.json", "pyrightconfig.json", "angular.json", "nx.json", "turbo.json", "deno.json"),
    *(".eslintrc.json", "babel.config.json", ".babelrc.json", "cspell.json", ".markdownlint.json"),
)
"""JSON files whose tools accept comments and a comma after the last item."""


def python(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(text, "<rendered>", "exec", dont_inherit=True)


def json_with_comments(text: str) -> None:
    for pattern in (COMMENT, LAST_COMMA):
        text = pattern.sub(lambda found: found["text"] or re.sub(r"[^\n]", "", found[0]), text)
    json.loads(text)


A_TEXT = r'(?P<text>"(?:\\.|[^"\\\n])*")'

COMMENT = re.compile(rf"{A_TEXT}|//[^\n]*|/\*.*?\*/", re.DOTALL)

LAST_COMMA = re.compile(rf"{A_TEXT}|,(?=\s*[}}\]])")


def yaml(text: str) -> None:
    """Only the form counts, as tags have a meaning for the program that reads the file."""
    import yaml

    for _ in yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        pass


def markdown(text: str) -> None:
    """Any text is Markdown, but a code block must have an end."""
    fence, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r" {0,3}(`{3,}|~{3,})(.*)", line)
        if mark and not fence and "`" not in mark[2]:
            fence, first = mark[1], number
        elif mark and fence and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
    if fence:
        raise DocumentError("the code block has no end", first)


def ini(text: str, first_line: int = 1) -> None:
    try:
        configparser.ConfigParser(interpolation=None, strict=False).read_string(text)
    except configparser.ParsingError as error:
        line = getattr(error, "lineno", None) or error.errors[0][0]
        raise DocumentError("expected `name = value` or `[section]`", line + first_line - 1) from error


def editorconfig(text: str) -> None:
    """An INI file that begins without a section."""
    ini(f"[top]\n{text}", first_line=0)


def dotenv(text: str) -> None:
    """A value in quotes can have several lines."""
    position = 0
    while position < len(text):
        line = DOTENV_LINE.match(text, position)
        if not line:
            raise DocumentError("expected `NAME=VALUE` or a comment", text.count("\n", 0, position) + 1)
        position = line.end()


DOTENV_LINE = re.compile(
    r"[^\S\n]*(?:\#[^\n]*|(?:export\s+)?[A-Za-z_][\w.-]*[^\S\n]*"
    r"""(?:=[^\S\n]*(?:"(?:\\.|[^"\\])*"|'[^']*')?[^\n]*)?)?(?:\n|\Z)""",
    re.DOTALL,
)


def dockerfile(text: str) -> None:
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    if not re.match(r"(FROM|ARG)\s", first, re.IGNORECASE):
        raise DocumentError("it must begin with FROM")


Format = tuple[str, Callable[[str], Any]]
"""What an error calls it, and a function that raises if a text is not valid."""

JSON: Format = ("JSON", json.loads)
JSON_WITH_COMMENTS: Format = ("JSON", json_with_comments)
YAML: Format = ("YAML", yaml)
INI: Format = ("INI", ini)
DOTENV: Format = ("dotenv", dotenv)

FORMATS: Mapping[str, Format] = {
    ".py": ("Python", python),
    ".toml": ("TOML", parse_toml),
    ".json": JSON,
    ".jsonc": JSON_WITH_COMMENTS,
    ".code-workspace": JSON_WITH_COMMENTS,
    ".yml": YAML,
    ".yaml": YAML,
    ".md": ("Markdown", markdown),
    ".ini": INI,
    "setup.cfg": INI,
    ".editorconfig": ("INI", editorconfig),
    ".env": DOTENV,
    "Dockerfile": ("Dockerfile", dockerfile),
}


def format_of(path: str) -> Format | None:
    name = PurePosixPath(path)
    if name.suffix == ".json" and any(map(name.match, WITH_COMMENTS)):
        return JSON_WITH_COMMENTS
    if name.name.startswith(".env."):
        return DOTENV
    return FORMATS.get(name.suffix) or FORMATS.get(name.name)


def is_template_itself(file: File) -> bool:
    """Whether another program, such as Helm, renders it, so that it is not YAML yet."""
    return file.path.endswith((".yml", ".yaml")) and bool(re.search(r"(?<!\$)\{[{%]", file.text or ""))


def check_format(template: Template, file: File) -> Iterator[Finding]:
    found = format_of(file.path)
    if found is None or is_template_itself(file):
        return
    if file.text is None:
        yield file.finding(CHECK, "is not valid UTF-8", "save it as UTF-8")
        return
    name, parse = found
    try:
        parse(file.text.removeprefix("\ufeff"))
    except Exception as error:  # anything that a parser raises
        takes_values = file.is_rendered and file.path.endswith(SERIALISED)
        hint = SERIALISE if takes_values else "fix the file"
        yield file.finding(CHECK, f"is not valid {name}: {reason(error)}", hint, line_of(error))


def reason(error: Exception) -> str:
    if isinstance(error, RecursionError | MemoryError):
        return "it is nested too deeply"
    said = getattr(error, "msg", None) or getattr(error, "problem", None) or str(error)
    return str(said).removeprefix("is not TOML: ").partition("\n")[0]


def line_of(error: Exception) -> int | None:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else getattr(error, "lineno", None) or getattr(error, "line", None)
