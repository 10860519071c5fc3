"""copier.yml as copier reads it, with the file and line of each key."""

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Any

from fastkit.catalog.questions import COMMON_QUESTIONS, FEATURE_VALUES
from fastkit.catalog.settings import FASTKIT, QUESTION, SETTINGS, Check
from fastkit.computing.limits import BoundsError, Tally
from fastkit.computing.patterns import translated
from fastkit.computing.safe_yaml import LARGEST, DocumentError, Keys, check_bounds, parse_all, safe_loader
from fastkit.errors import TemplateError
from fastkit.machine.folders import LONGEST_PATH, entries, first_bytes

CONFIG_NAMES = ("copier.yml", "copier.yaml")

MOST_INCLUDES = 100

MAGIC = re.compile(r"[*?[]")
"""What makes a path a glob."""

JOINED = ("_exclude", "_jinja_extensions", "_secret_questions", "_skip_if_exists")
"""Lists that each document adds to; a later document replaces anything else."""

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
        """Where a key is, or else the one above it."""
        while keys:
            if keys in self.places:
                return self.places[keys]
            keys = keys[:-1]
        return self.file, None


def config_file(folder: Path) -> Path | None:
    try:
        return next((folder / name for name in CONFIG_NAMES if (folder / name).is_file()), None)
    except (OSError, ValueError):  # a name that no folder can have
        return None


def read_config(template: str, file: Path) -> Config:
    """Read and check copier.yml: its documents and those that it includes are merged, and later ones win.

    Raises:
        TemplateError: a file is not YAML or is outside the template, or a setting is not valid.
    """
    other = next((n for n in CONFIG_NAMES if n != file.name and file.with_name(n).is_file()), None)
    if other:
        raise TemplateError(template, f"there is also a `{other}`", file=file.name, hint="remove one of them")
    config = with_own_questions(Reader(template, file).read())
    check_config(template, config)
    return config


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
                raise DocumentError(f"has more than {LARGEST:,} bytes with the files that it includes")
            self.config.places |= {keys: (name, line) for keys, line in lines.items()}
            return parse_all(data, self.loader(name))
        except DocumentError as error:
            raise TemplateError(self.template, error.problem, file=name, line=error.line) from error
        except (OSError, ValueError, TypeError, RecursionError) as error:
            reason = getattr(error, "strerror", None) or error
            raise TemplateError(self.template, f"cannot be read: {reason}", file=name) from error

    def loader(self, name: str) -> Any:
        class Loader(safe_loader()):  # type: ignore[misc]
            """A class of its own, so that no other reader knows `!include`."""

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
            problem = f"includes `{pattern}`, which is outside the template"
        elif not paths and not MAGIC.search(pattern):
            problem = f"includes `{pattern}`, which does not exist"
        self.included += len(paths)
        if self.included > MOST_INCLUDES:
            problem = f"includes more than {MOST_INCLUDES} files"
        if problem:
            raise TemplateError(self.template, problem, file=name, line=node.start_mark.line + 1)
        return [document for path in paths for document in self.documents(path)]

    def matching(self, pattern: str) -> list[Path]:
        """The files that match a glob, sorted; links to folders are not followed.

        Raises:
            BoundsError: there are too many files to look at.
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
                raise TemplateError(self.template, f"the key `{key}` must be text", file=self.config.file)
            if key in JOINED and isinstance(value, list) and isinstance(self.config.get(key, []), list):
                value = [*self.config.get(key, []), *value]
            self.config[key] = value


def flatten(documents: list[Any]) -> Iterator[Any]:
    for document in documents:
        if isinstance(document, list):
            yield from flatten(document)
        elif document is not None:
            yield document


NO_NAMES = ("self", "now", "make_secret")
"""Names with another meaning in copier, or that it cannot take."""


def check_config(template: str, config: Config) -> None:
    """
    Raises:
        TemplateError: a setting or a question is not what it must be; with file and line.
    """
    check_settings(template, config, config, SETTINGS)
    check_settings(template, config, config.get("_fastkit") or {}, FASTKIT, "_fastkit")
    for name, details in config.items():
        if not name.startswith("_"):
            check_question(template, config, name, details)


def check_settings(
    template: str, config: Config, values: Mapping[str, Any], checks: Mapping[str, Check], *above: str
) -> None:
    of = "".join(f" of `{name}`" for name in above)
    for name, value in values.items():
        if name in checks and (problem := checks[name](f"`{name}`{of}", value)):
            refuse(template, config, problem, *above, name)


def check_question(template: str, config: Config, name: str, details: Any) -> None:
    if name in NO_NAMES:
        refuse(template, config, f"a question cannot be called `{name}`", name)
    if not isinstance(details, dict):
        return
    check_settings(template, config, details, QUESTION, name)
    secret = details.get("secret") or name in config.get("_secret_questions", ())
    if secret and "default" not in details:
        refuse(template, config, f"`{name}` is secret, so it must have a `default`", name)


def refuse(template: str, config: Config, problem: str, *keys: str) -> None:
    file, line = config.place(*keys)
    raise TemplateError(template, problem, file=file, line=line)
