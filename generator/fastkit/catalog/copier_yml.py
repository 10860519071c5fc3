"""copier.yml, read the way copier does, that knows where each of its keys stands."""

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Any

from fastkit.catalog.questions import COMMON_QUESTIONS, FEATURE_VALUES
from fastkit.computing.documents import LARGEST, DocumentError, Keys, check_bounds, parse_all, safe_loader
from fastkit.computing.limits import BoundsError, Tally
from fastkit.computing.patterns import translated
from fastkit.errors import TemplateError
from fastkit.machine.folders import LONGEST_PATH, entries, first_bytes

CONFIG_NAMES = ("copier.yml", "copier.yaml")

MOST_INCLUDES = 100

MAGIC = re.compile(r"[*?[]")
"""What makes a glob of a path."""

JOINED = ("_exclude", "_jinja_extensions", "_secret_questions", "_skip_if_exists")
"""Lists that each document adds to; of all else the last one counts."""

Place = tuple[str, int | None]
"""A file of the template, and the line in it where that is known."""


class Config(dict[str, Any]):
    """The settings and questions of a template.

    Attributes:
        added: fastkit's questions among them, as copier.yml would have them.
    """

    def __init__(self, file: str = CONFIG_NAMES[0]) -> None:
        super().__init__()
        self.file = file
        self.places: dict[Keys, Place] = {}
        self.added: Mapping[str, Any] = {}

    def place(self, *keys: str) -> Place:
        """Where a key stands, or else the one above it."""
        while keys:
            if keys in self.places:
                return self.places[keys]
            keys = keys[:-1]
        return self.file, None


def place_in(config: Mapping[str, Any], *keys: str) -> Place:
    return config.place(*keys) if isinstance(config, Config) else (CONFIG_NAMES[0], None)


def config_file(folder: Path) -> Path | None:
    try:
        return next((folder / name for name in CONFIG_NAMES if (folder / name).is_file()), None)
    except (OSError, ValueError):  # no folder can have such a name
        return None


def read_config(template: str, file: Path) -> Config:
    """Read copier.yml: several documents and `!include` merged, later ones win; then check it.

    Raises:
        TemplateError: a file is not YAML, not of the template, or nothing that copier takes.
    """
    other = next((n for n in CONFIG_NAMES if n != file.name and file.with_name(n).is_file()), None)
    if other:
        raise TemplateError(
            template, f"there is a `{other}` as well", file=file.name, hint="remove one of them"
        )
    config = Reader(template, file).read()
    check_config(template, config)
    return with_own_questions(config)


def with_own_questions(config: Config) -> Config:
    """The same, with fastkit's questions before the template's own, which win over those of the same name."""
    about = config.get("_fastkit")
    if not isinstance(about, dict):
        return config
    common = COMMON_QUESTIONS if about.get("common_questions") is True else {}
    complete = Config(config.file)
    complete.places = config.places
    complete.added = {**common, **(FEATURE_VALUES if about.get("features") else {})}
    complete.update({**complete.added, **config})
    return complete


class Reader:
    """Reads the documents of one copier.yml and of what it includes."""

    def __init__(self, template: str, file: Path) -> None:
        self.template = template
        self.root = file.parent.resolve()
        self.config = Config(file.name)
        self.included = 0
        self.size = 0

    def read(self) -> Config:
        for document in flatten(self.documents(self.root / self.config.file)):
            self.merge(document)
        return self.config

    def documents(self, path: Path) -> list[Any]:
        name = path.relative_to(self.root).as_posix()
        try:
            data = first_bytes(path, LARGEST + 1)
            lines = check_bounds(data)
            self.size += len(data)
            if self.size > LARGEST:
                raise DocumentError(f"has more than {LARGEST:,} bytes with the files that are included")
            self.config.places |= {keys: (name, line) for keys, line in lines.items()}
            return parse_all(data, self.loader(name))
        except DocumentError as error:
            raise TemplateError(self.template, error.problem, file=name, line=error.line) from error
        except (OSError, ValueError, TypeError, RecursionError) as error:
            reason = getattr(error, "strerror", None) or error
            raise TemplateError(self.template, f"cannot be read: {reason}", file=name) from error

    def loader(self, name: str) -> Any:
        class Loader(safe_loader()):  # type: ignore[misc]
            """A loader of its own, so that `!include` is known here alone."""

        Loader.add_constructor("!include", lambda loader, node: self.include(name, loader, node))
        return Loader

    def include(self, name: str, loader: Any, node: Any) -> list[Any]:
        pattern = str(loader.construct_scalar(node))
        inside = not Path(pattern).is_absolute() and ".." not in Path(pattern).parts
        try:
            paths = [path.resolve() for path in self.matching(pattern)] if inside else []
        except BoundsError as error:
            problem = f"includes `{pattern}` from a folder that {error.problem}"
            raise DocumentError(problem, node.start_mark.line + 1) from error
        problem = ""
        if not inside or any(not path.is_relative_to(self.root) for path in paths):
            problem = f"includes `{pattern}`, which is outside of the template"
        elif not paths and not MAGIC.search(pattern):
            problem = f"includes `{pattern}`, which is not there"
        self.included += len(paths)
        if self.included > MOST_INCLUDES:
            problem = f"includes more than {MOST_INCLUDES} files"
        if problem:
            raise TemplateError(self.template, problem, file=name, line=node.start_mark.line + 1)
        return [document for path in paths for document in self.documents(path)]

    def matching(self, pattern: str) -> list[Path]:
        """What a glob finds, sorted; it follows no link to a folder.

        Raises:
            BoundsError: there is too much to look at.
        """
        parts = PurePosixPath(pattern).parts
        plain = [*takewhile(lambda part: not MAGIC.search(part), parts)]
        start, rest = self.root.joinpath(*plain), parts[len(plain) :]
        if not rest:
            return [start] if start.exists() else []
        if not start.resolve().is_relative_to(self.root) or not start.is_dir():
            return []
        regex = re.compile(translated("/".join(rest)), re.DOTALL)
        found, tally = [], Tally()
        for path, _ in entries(start, depth=LONGEST_PATH if "**" in rest else len(rest)):
            tally.add(0)
            found += [start / path] if regex.fullmatch(path) else []
        return sorted(found)

    def merge(self, document: Any) -> None:
        if not isinstance(document, dict):
            raise TemplateError(
                self.template, "is not a mapping of settings and questions", file=self.config.file
            )
        for key, value in document.items():
            if not isinstance(key, str):
                raise TemplateError(
                    self.template, f"has the key `{key}`, which is no text", file=self.config.file
                )
            if key in JOINED and isinstance(value, list) and isinstance(self.config.get(key, []), list):
                value = [*self.config.get(key, []), *value]
            self.config[key] = value


def flatten(documents: list[Any]) -> Iterator[Any]:
    for document in documents:
        if isinstance(document, list):
            yield from flatten(document)
        elif document is not None:
            yield document


# What copier takes. A problem is told after the name of the setting or question.

Problem = str | None
Judge = Callable[[Any], Problem]


def a(kind: str, *types: type) -> Judge:
    return lambda value: None if isinstance(value, types) else f"is no {kind}"


def yes_or_no(value: Any) -> Problem:
    return None if isinstance(value, bool) else "is neither yes nor no"


def condition(value: Any) -> Problem:
    return None if isinstance(value, bool | str) else "is neither yes nor no nor text"


def a_list_of_text(value: Any) -> Problem:
    if not isinstance(value, list):
        return "is no list"
    wrong = next((item for item in value if not isinstance(item, str)), None)
    return None if wrong is None else f"holds `{wrong}`, which is no text"


TEXT = a("text", str)

ENVOPS: Mapping[str, Judge] = {
    **dict.fromkeys(
        (
            *("block_start_string", "block_end_string", "variable_start_string", "variable_end_string"),
            *("comment_start_string", "comment_end_string"),
        ),
        lambda value: None if isinstance(value, str) and value else "is no text",
    ),
    **dict.fromkeys(("line_statement_prefix", "line_comment_prefix"), a("text", str, type(None))),
    **dict.fromkeys(
        ("trim_blocks", "lstrip_blocks", "keep_trailing_newline", "optimized", "autoescape", "auto_reload"),
        yes_or_no,
    ),
    "cache_size": a("whole number", int),
    "newline_sequence": lambda value: None if value in ("\n", "\r\n", "\r") else "is no end of a line",
    "undefined": lambda value: (
        None
        if value in ("jinja2.Undefined", "jinja2.StrictUndefined")
        else f"is `{value}`; it takes `jinja2.Undefined` or `jinja2.StrictUndefined`"
    ),
}
"""https://jinja.palletsprojects.com/en/stable/api/#jinja2.Environment, as far as YAML can say it"""


def envops_problem(value: Any) -> Problem:
    if not isinstance(value, dict):
        return "is no mapping"
    for name, setting in value.items():
        if name not in ENVOPS:
            close = get_close_matches(str(name), ENVOPS, n=1)
            return f"has the unknown option `{name}`" + (f", for `{close[0]}` perhaps" if close else "")
        if problem := ENVOPS[name](setting):
            return f"has a `{name}` that {problem}"
    usual = {"block": "{%", "variable": "{{", "comment": "{#"}
    starts = {value.get(f"{kind}_start_string", start) for kind, start in usual.items()}
    return None if len(starts) == len(usual) else "begins two of blocks, variables and comments alike"


def version_problem(value: Any) -> Problem:
    from importlib.metadata import version

    from packaging.version import Version

    try:
        wanted = Version(value)
    except (ValueError, TypeError):
        return f"is `{value}`, which is no version"
    installed = version("copier")
    return None if Version(installed) >= wanted else f"wants copier {value}, and {installed} is installed"


def subdirectory_problem(value: Any) -> Problem:
    if not isinstance(value, str):
        return "is no text"
    outside = Path(value).is_absolute() or ".." in Path(value).parts
    return f"is `{value}`, which is outside of the template" if outside else None


def answers_file_problem(value: Any) -> Problem:
    if not isinstance(value, str):
        return "is no text"
    outside = Path(value).is_absolute() or ".." in Path(value).parts
    return f"is `{value}`, which is outside of the project" if outside else None


def command_problem(value: Any) -> Problem:
    if isinstance(value, dict):
        return command_problem(value["command"]) if "command" in value else "without a `command`"
    if isinstance(value, list) and value and all(isinstance(part, str | int | float) for part in value):
        return None
    return None if isinstance(value, str) else "which is not a command"


def migration_problem(value: Any) -> Problem:
    if not isinstance(value, dict) or not {"before", "after"} & value.keys():
        return command_problem(value)
    lists = [value.get(stage) or [] for stage in ("before", "after")]
    if "version" not in value:
        return "without a `version`"
    if not all(isinstance(commands, list) for commands in lists):
        return "whose `before` or `after` is not a list"
    return next(filter(None, (command_problem(command) for commands in lists for command in commands)), None)


def a_list_of(judge: Judge) -> Judge:
    def judge_all(value: Any) -> Problem:
        if not isinstance(value, list):
            return "is no list"
        wrong = [(item, problem) for item in value if (problem := judge(item))]
        return f"holds `{wrong[0][0]}`, {wrong[0][1]}" if wrong else None

    return judge_all


SETTINGS: Mapping[str, Judge] = {
    "_answers_file": answers_file_problem,
    "_envops": envops_problem,
    "_exclude": a_list_of_text,
    "_external_data": a("mapping", dict),
    "_jinja_extensions": a_list_of_text,
    "_message_after_copy": TEXT,
    "_message_before_copy": TEXT,
    "_migrations": a_list_of(migration_problem),
    "_min_copier_version": version_problem,
    "_preserve_symlinks": yes_or_no,
    "_secret_questions": a_list_of_text,
    "_skip_if_exists": a_list_of_text,
    "_subdirectory": subdirectory_problem,
    "_tasks": a_list_of(command_problem),
    "_templates_suffix": a("text", str, type(None)),
}
"""https://copier.readthedocs.io/en/stable/configuring/#available-settings"""

QUESTION: Mapping[str, Judge] = {
    "ask": condition,
    "choices": lambda value: (
        None if isinstance(value, list | dict | str) else "are neither a list nor a mapping nor text"
    ),
    "help": TEXT,
    "multiline": condition,
    "multiselect": yes_or_no,
    "placeholder": TEXT,
    "qmark": TEXT,
    "secret": yes_or_no,
    "type": TEXT,
    "validator": TEXT,
    "when": condition,
}
"""https://copier.readthedocs.io/en/stable/configuring/#advanced-prompt-formatting"""

NO_NAMES = ("self", "now", "make_secret")
"""Copier gives these names a meaning of its own, or stumbles over them."""


def check_config(template: str, config: Config) -> None:
    """
    Raises:
        TemplateError: a setting or a question is not what copier takes; with file and line.
    """
    for name, value in config.items():
        if name.startswith("_"):
            problem = SETTINGS[name](value) if name in SETTINGS else None
            if problem:
                refuse(template, config, f"`{name}` {problem}", name)
        else:
            check_question(template, config, name, value)


def check_question(template: str, config: Config, name: str, details: Any) -> None:
    if name in NO_NAMES:
        refuse(template, config, f"`{name}` cannot be the name of a question", name)
    if not isinstance(details, dict):
        return
    for setting, judge in QUESTION.items():
        if setting in details and (problem := judge(details[setting])):
            refuse(template, config, f"`{setting}` of `{name}` {problem}", name, setting)
    secret = details.get("secret") or name in config.get("_secret_questions", ())
    if secret and "default" not in details:
        refuse(template, config, f"`{name}` is secret and has no `default`", name)


def refuse(template: str, config: Config, problem: str, *keys: str) -> None:
    file, line = config.place(*keys)
    raise TemplateError(template, problem, file=file, line=line)
