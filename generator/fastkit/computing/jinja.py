"""The Jinja environment of a template, imported only once something really is to be rendered."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePath
from typing import Any

from fastkit.computing.markdown import markdown
from fastkit.computing.origin import Origin

FILTERS = "jinja2_ansible_filters.AnsibleCoreFiltersExtension"

READ_THE_MACHINE = ("expanduser", "expandvars", "fileglob", "realpath", "relpath")
"""Filters that tell of files, folders and variables of whoever renders."""

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
        extensions: more of them, which run code of their own.
    """
    return cached_environment(tuple(sorted(envops.items())), root, trusted, extensions)


@cache
def cached_environment(
    envops: tuple[tuple[str, Any], ...], root: Path | None, trusted: bool, extensions: tuple[str, ...]
) -> Any:
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    options = {"keep_trailing_newline": True, **dict(envops)}
    if str(options.pop("undefined", "")).endswith("StrictUndefined"):
        options["undefined"] = jinja2.StrictUndefined
    with all_filters() if trusted else guarded_filters():
        made = SandboxedEnvironment(
            loader=loader(root) if root else None, extensions=[FILTERS, *extensions], **options
        )
    made.globals["pathjoin"] = pathjoin
    made.filters.setdefault("markdown", markdown)
    return made


def loader(root: Path) -> Any:
    """Finds the files of a template, and none that a link in it leads to elsewhere."""
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


# Without trust.


@contextmanager
def all_filters() -> Iterator[None]:
    yield


@contextmanager
def guarded_filters() -> Iterator[None]:
    """Environments that are made meanwhile, copier's too, neither read the machine nor fill it up."""
    import jinja2_ansible_filters as filters
    from jinja2.exceptions import SecurityError

    usual = filters.AnsibleCoreFiltersExtension

    class Guarded(usual):  # type: ignore[misc, valid-type]
        def __init__(self, environment: Any) -> None:
            super().__init__(environment)
            environment.filters |= {name: refused(name) for name in READ_THE_MACHINE}
            environment.intercepted_binops = frozenset({"*", "**"})
            unbounded = environment.call_binop

            def call_binop(context: Any, operator: str, left: Any, right: Any) -> Any:
                if is_huge(operator, left, right):
                    raise SecurityError(f"the result of `{operator}` is too large")
                return unbounded(context, operator, left, right)

            environment.call_binop = call_binop

    filters.AnsibleCoreFiltersExtension = Guarded
    try:
        yield
    finally:
        filters.AnsibleCoreFiltersExtension = usual


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


@contextmanager
def speaking_of(origin: Origin, folder: Path) -> Iterator[None]:
    """Environments that copier makes meanwhile call the template what it is called where it comes from.

    copier itself is given a folder without a repository, for one render.
    """
    import jinja2_ansible_filters as filters

    usual = filters.AnsibleCoreFiltersExtension

    class Speaking(usual):  # type: ignore[misc, valid-type]
        def __init__(self, environment: Any) -> None:
            super().__init__(environment)
            environment.filters.setdefault("markdown", markdown)

            class Context(environment.context_class):  # type: ignore[misc]
                def __init__(self, environment: Any, parent: dict[str, Any], *rest: Any, **more: Any) -> None:
                    if "_copier_conf" in parent:
                        parent["_copier_conf"]["src_path"] = PurePath(folder)
                        parent["_copier_conf"]["vcs_ref_hash"] = origin.commit_hash or None
                        parent["_copier_answers"] = origin.names | parent["_copier_answers"] | origin.names
                    super().__init__(environment, parent, *rest, **more)

            environment.context_class = Context

    filters.AnsibleCoreFiltersExtension = Speaking
    try:
        yield
    finally:
        filters.AnsibleCoreFiltersExtension = usual


# What goes wrong.


def problem_of(error: BaseException) -> str:
    """In one line, without the full stop and without the folders of this machine."""
    from jinja2 import TemplateNotFound

    if isinstance(error, TemplateNotFound):
        return f"includes `{error.name}`, which is not in the template"
    if isinstance(error, RecursionError):
        return "calls itself without end"
    text = str(getattr(error, "message", None) or error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__


# Text by text.


def is_templated(text: str, envops: Mapping[str, Any]) -> bool:
    """Whether Jinja might change this text; without delimiters it still takes away carriage returns."""
    usual = {"variable_start_string": "{{", "block_start_string": "{%", "comment_start_string": "{#"}
    starts = [str(envops.get(name, start)) for name, start in usual.items()]
    changed = envops.keys() - usual.keys() - {"undefined", *(f"{k[:-12]}end_string" for k in usual)}
    return bool(changed) or "\r" in text or any(start in text for start in starts)
