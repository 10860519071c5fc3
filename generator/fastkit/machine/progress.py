"""The types by which a slow step reports its progress."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Report = Callable[[str], None]
"""Called with each line that the step prints."""

Progress = Callable[[str], AbstractContextManager[Report]]
"""Shows a text while its block runs, and each reported line."""


@contextmanager
def silently(text: str) -> Iterator[Report]:
    yield lambda line: None
