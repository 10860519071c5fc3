"""How a step that may take more than a second tells how far it is."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Report = Callable[[str], None]
"""Takes each line that is printed meanwhile."""

Progress = Callable[[str], AbstractContextManager[Report]]
"""Shows a text while its block runs, and each line that is reported."""


@contextmanager
def silently(text: str) -> Iterator[Report]:
    yield lambda line: None
