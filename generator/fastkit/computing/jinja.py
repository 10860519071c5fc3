"""The Jinja environment of a template; Jinja is imported once something has to be rendered."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePath
from typing import Any

from fastkit.computing.markdown import markdown

READ_THE_MACHINE = ("expanduser", "expandvars", "fileglob", "realpath", "relpath")
"""Filters that show files, folders and variables of the machine that renders."""

LONGEST = 10_000_000
"""Characters or items of one product such as `"a" * 1000`."""

LARGEST_POWER = 10_000
"""Bits of one power such as `2 ** 64`."""


def environment(
    envops: Mapping[str, Any],
    root: Path | None = None,
    *,
    trusted: bool = True,
    extensions: tuple[str, ...] = (),
) -> Any:
    """The sandbox that copier renders in, with the settings of the template's `_envops`.

    Source: https://copier.readthedocs.io/en/stable/configuring/#envops

    Args:
        root: the template's folder, whose files can be included and imported.
        trusted: whether filters may read this machine.
        extensions: additional ones, which run their own code.
    """
    return cached_environment(tuple(sorted(envops.items())), root, trusted, extensions)


@cache
def cached_environment(
    envops: tuple[tuple[str, Any], ...], root: Path | None, trusted: bool, extensions: tuple[str, ...]
) -> Any:
    import jinja2

    options = {"keep_trailing_newline": True, **dict(envops)}
    if str(options.pop("undefined", "")).endswith("StrictUndefined"):
        options["undefined"] = jinja2.StrictUndefined
    made = sandbox()(
        loader=loader(root) if root else None, extensions=[filters(trusted=trusted), *extensions], **options
    )
    made.globals["pathjoin"] = pathjoin
    return made


@cache
def sandbox() -> type[Any]:
    """The class of environments, which hides the module `os` behind the paths in `_copier_conf`."""
    from jinja2.sandbox import SandboxedEnvironment

    class Sandbox(SandboxedEnvironment):
        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            is_module = isinstance(obj, PurePath) and attr == "parser"  # since Python 3.13
            return not is_module and super().is_safe_attribute(obj, attr, value)

    return Sandbox


def loader(root: Path) -> Any:
    """Finds the files of a template, but none outside of it through a link."""
    from jinja2 import FileSystemLoader, TemplateNotFound

    class InsideLoader(FileSystemLoader):
        def get_source(self, environment: Any, template: str) -> Any:
            found = super().get_source(environment, template)
            if not Path(found[1]).resolve().is_relative_to(root.resolve()):
                raise TemplateNotFound(template, f"`{template}` is outside of the template")
            return found

    return InsideLoader([str(root)])


def pathjoin(*path: str, mode: str = "posix") -> str:
    from pathlib import PurePath, PurePosixPath, PureWindowsPath

    kinds: Mapping[str, type[PurePath]] = {
        "posix": PurePosixPath,
        "windows": PureWindowsPath,
        "native": PurePath,
    }
    return str(kinds[mode](*path))


# Filters.


@cache
def filters(*, trusted: bool) -> type[Any]:
    """The extension with Ansible's filters, as copier has them, and fastkit's own.

    Without trust, it leaves out what reads the machine or fills its memory.
    """
    from jinja2_ansible_filters import AnsibleCoreFiltersExtension

    class Filters(AnsibleCoreFiltersExtension):  # type: ignore[misc]
        def __init__(self, environment: Any) -> None:
            super().__init__(environment)
            environment.filters.setdefault("markdown", markdown)
            if not trusted:
                limit(environment)

    return Filters


def limit(environment: Any) -> None:
    from jinja2.exceptions import SecurityError

    environment.filters |= {name: refused(name) for name in READ_THE_MACHINE}
    environment.intercepted_binops = frozenset({"*", "**"})
    unlimited = environment.call_binop

    def call_binop(context: Any, operator: str, left: Any, right: Any) -> Any:
        if is_huge(operator, left, right):
            raise SecurityError(f"the result of `{operator}` is too large")
        return unlimited(context, operator, left, right)

    environment.call_binop = call_binop


def refused(name: str) -> Any:
    from jinja2.exceptions import SecurityError

    def refuse(*args: Any, **settings: Any) -> Any:
        raise SecurityError(f"the filter `{name}` reads this machine, which takes --trust")

    return refuse


def is_huge(operator: str, left: Any, right: Any) -> bool:
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
        return bits > LARGEST_POWER
    if operator == "*" and (isinstance(left, int) or isinstance(right, int)):
        number, items = (left, right) if isinstance(left, int) else (right, left)
        return hasattr(items, "__len__") and number * len(items) > LONGEST
    return False


# What goes wrong.


def problem_of(error: BaseException) -> str:
    """The message in one line, without a full stop."""
    from jinja2 import TemplateNotFound

    if isinstance(error, TemplateNotFound):
        return f"includes `{error.name}`, which is not in the template"
    if isinstance(error, RecursionError):
        return "calls itself without end"
    text = str(getattr(error, "message", None) or error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__


# Text by text.


def is_templated(text: str, envops: Mapping[str, Any]) -> bool:
    """Whether Jinja might change this text; it removes carriage returns even without delimiters."""
    usual = {"variable_start_string": "{{", "block_start_string": "{%", "comment_start_string": "{#"}
    starts = [str(envops.get(name, start)) for name, start in usual.items()]
    changed = envops.keys() - usual.keys() - {"undefined", *(f"{k[:-12]}end_string" for k in usual)}
    return bool(changed) or "\r" in text or any(start in text for start in starts)
