"""Computing for a template: in the worker process, unless the template is bundled or trusted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastkit.catalog.template import Template
from fastkit.computing import worker
from fastkit.errors import TemplateError

SECONDS = 30
"""Of computing, for all files of a template that is neither bundled nor trusted."""

SECONDS_TO_MATCH = 5
"""Of computing, for the patterns of one setting or of all its `.gitignore` files."""


def is_confined(template: Template, *, trusted: bool) -> bool:
    return template.source != "bundled" and not trusted


def computed(
    template: Template,
    function: Callable[..., Any],
    *args: Any,
    trusted: bool,
    problem: Callable[[], str] | None = None,
) -> Any:
    """What a function returns, which JSON can hold.

    Args:
        problem: names what has grown too large meanwhile, if anything has.

    Raises:
        TemplateError: it takes too much time or memory, or there is a `problem`.
    """
    if worker.inside or not is_confined(template, trusted=trusted):
        return function(*args)
    with explained(template):
        return worker.start().call(function, *args, seconds=SECONDS, problem=problem)


def matched(
    template: Template, what: str, function: Callable[..., list[str]], *args: Any, trusted: bool
) -> list[str]:
    """The paths that a function finds by patterns of the template.

    Raises:
        TemplateError: it takes too long.
    """
    if worker.inside or not is_confined(template, trusted=trusted):
        return function(*args)
    with explained(template, f"{what} "):
        return list(worker.start().call(function, *args, seconds=SECONDS_TO_MATCH))


@contextmanager
def explained(template: Template, what: str = "") -> Iterator[None]:
    try:
        yield
    except worker.OutOfBounds as error:
        raise TemplateError(template.name, what + error.reason) from error
