"""Files that are not what their name says."""

import configparser
import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from fastkit.checking.finding import File, Finding
from fastkit.computing.documents import DocumentError, parse_toml

Problem = tuple[str, int | None]
"""What is wrong, and in which line."""

Parser = Callable[[str], Problem | None]

SERIALISED = (".toml", ".json", ".yml", ".yaml", ".py")
"""Formats in which a string can be written as JSON writes it."""

SERIALISE = "write values with `{{ value | to_json(ensure_ascii=false) }}`"

WITH_COMMENTS = (
    *(".vscode/*", ".zed/*", ".devcontainer/*", "devcontainer.json", ".devcontainer.json"),
    *("tsconfig*.json", "jsconfig*.json", "typedoc.json", "tslint.json", "api-extractor.json"),
    *("asv.conf.json", "pyrightconfig.json", "angular.json", "nx.json", "turbo.json", "deno.json"),
    *(".eslintrc.json", "babel.config.json", ".babelrc.json", "cspell.json", ".markdownlint.json"),
)
"""JSON files whose tools take comments and a comma after the last item."""


def python(text: str) -> Problem | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<rendered>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"is no Python: {error.msg}", error.lineno
    except (ValueError, RecursionError, MemoryError) as error:
        return f"is no Python: {error or 'it nests too deep'}", None
    return None


def toml(text: str) -> Problem | None:
    try:
        parse_toml(text)
    except DocumentError as error:
        return error.problem, error.line
    return None


def json_(text: str) -> Problem | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"is no JSON: {error.msg}", error.lineno
    except (ValueError, RecursionError) as error:
        return f"is no JSON: {error}", None
    return None


def json_with_comments(text: str) -> Problem | None:
    for pattern in (COMMENT, LAST_COMMA):
        text = pattern.sub(lambda found: found["text"] or re.sub(r"[^\n]", "", found[0]), text)
    return json_(text)


A_TEXT = r'(?P<text>"(?:\\.|[^"\\\n])*")'

COMMENT = re.compile(rf"{A_TEXT}|//[^\n]*|/\*.*?\*/", re.DOTALL)

LAST_COMMA = re.compile(rf"{A_TEXT}|,(?=\s*[}}\]])")


def yaml_(text: str) -> Problem | None:
    """Only the form counts: tags are for whoever reads the file."""
    import yaml

    try:
        for _ in yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            pass
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        return f"is no YAML: {error.problem}", line
    except yaml.YAMLError as error:
        return f"is no YAML: {str(error).splitlines()[0]}", None
    return None


def markdown(text: str) -> Problem | None:
    """Anything is Markdown; but a block of code has an end."""
    fence, begun = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r" {0,3}(`{3,}|~{3,})(.*)", line)
        if not mark:
            continue
        if not fence and "`" not in mark[2]:
            fence, begun = mark[1], number
        elif fence and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
    return ("has a block of code without an end", begun) if fence else None


def ini(text: str) -> Problem | None:
    reader = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        reader.read_string(text)
    except configparser.ParsingError as error:
        return "is no INI file", error.errors[0][0] if error.errors else None
    except configparser.Error as error:
        return "is no INI file: " + str(error).splitlines()[0], None
    return None


def editorconfig(text: str) -> Problem | None:
    """An INI file that begins without a section."""
    problem = ini(f"[top]\n{text}")
    return problem and (problem[0], problem[1] and problem[1] - 1)


def dotenv(text: str) -> Problem | None:
    """A value between quotes can have several lines."""
    place = 0
    while place < len(text):
        line = DOTENV_LINE.match(text, place)
        if not line:
            number = text.count("\n", 0, place) + 1
            return "is no dotenv file: a line is neither NAME=VALUE nor a comment", number
        place = line.end()
    return None


DOTENV_LINE = re.compile(
    r"[^\S\n]*(?:\#[^\n]*|(?:export\s+)?[A-Za-z_][\w.-]*[^\S\n]*"
    r"""(?:=[^\S\n]*(?:"(?:\\.|[^"\\])*"|'[^']*')?[^\n]*)?)?(?:\n|\Z)""",
    re.DOTALL,
)


def dockerfile(text: str) -> Problem | None:
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    return None if re.match(r"(FROM|ARG)\s", first, re.IGNORECASE) else ("begins without FROM", None)


PARSERS: Mapping[str, Parser] = {
    ".py": python,
    ".toml": toml,
    ".json": json_,
    ".jsonc": json_with_comments,
    ".code-workspace": json_with_comments,
    ".yml": yaml_,
    ".yaml": yaml_,
    ".md": markdown,
    ".ini": ini,
    "setup.cfg": ini,
    ".editorconfig": editorconfig,
    ".env": dotenv,
    "Dockerfile": dockerfile,
}


def parser_of(path: str) -> Parser | None:
    name = PurePosixPath(path)
    if name.suffix == ".json" and any(map(name.match, WITH_COMMENTS)):
        return json_with_comments
    if name.name.startswith(".env."):
        return dotenv
    return PARSERS.get(name.suffix) or PARSERS.get(name.name)


def is_template_itself(file: File) -> bool:
    """Whether another program renders it, such as Helm, so that it is no YAML yet."""
    return file.path.endswith((".yml", ".yaml")) and bool(re.search(r"(?<!\$)\{[{%]", file.text or ""))


def problem_of(parser: Parser, text: str) -> Problem | None:
    try:
        return parser(text)
    except (RecursionError, MemoryError):
        return "nests too deep to be read", None


def judge_format(file: File) -> Iterator[Finding]:
    parser = parser_of(file.path)
    if parser is None or (file.text is None and not file.content) or is_template_itself(file):
        return
    takes_values = file.is_rendered and file.path.endswith(SERIALISED)
    if file.text is None:
        yield file.finding("format", "is no UTF-8 text", "save it as UTF-8")
    elif problem := problem_of(parser, file.text.removeprefix("\ufeff")):
        yield file.finding("format", problem[0], SERIALISE if takes_values else "mend the file", problem[1])
