"""The code that a template would run on the machine of whoever uses it."""

import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastkit.computing.jinja import problem_of
from fastkit.errors import TemplateError

RUNS_CODE = {"_tasks": "tasks", "_jinja_extensions": "Jinja extensions", "_migrations": "migrations"}
"""The settings that run code, with the kind of it."""


@dataclass(frozen=True)
class Code:
    """A piece of code that a template would run: what it is, and its command or its name."""

    kind: str
    command: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.command}"


def code_in(config: Mapping[str, Any]) -> Iterator[Code]:
    for setting, kinds in RUNS_CODE.items():
        for entry in config.get(setting) or ():
            yield from (Code(kinds.removesuffix("s"), as_typed(command)) for command in commands_of(entry))


def commands_of(entry: Any) -> Iterator[Any]:
    """The commands of a task or a migration, in any of the forms that copier takes."""
    if not isinstance(entry, dict):
        yield entry
        return
    stages = (command for stage in ("before", "after") for command in entry.get(stage) or ())
    yield from filter(None, (entry.get("command"), *stages))


def as_typed(command: Any) -> str:
    return shlex.join(map(str, command)) if isinstance(command, list) else str(command).strip()


@contextmanager
def errors_of_extensions(template: str, file: str, line: int | None) -> Iterator[None]:
    """
    Raises:
        TemplateError: an extension of Jinja cannot be loaded; the hint says how to install a missing module.
    """
    try:
        yield
    except Exception as error:
        module = missing_module(error)
        package = shlex.quote(module.partition(".")[0])
        how = (
            f"install it next to fastkit: `pip install {package}`, "
            f"`pipx inject fastkit-startdemo {package}`, or `uv tool install` with `--with {package}`"
        )
        raise TemplateError(
            template,
            f"its Jinja extensions need the module `{module}`, which is not installed"
            if module
            else f"its Jinja extensions cannot be loaded: {problem_of(error)}",
            file=file,
            line=line,
            hint=how if module else "",
        ) from error


def missing_module(error: BaseException | None) -> str:
    """The module that no installed package has, by an error or by what caused it."""
    while error and not isinstance(error, ModuleNotFoundError):
        error = error.__cause__ or error.__context__
    name = str(getattr(error, "name", None) or "")
    return "" if name.partition(".")[0] in sys.modules else name
