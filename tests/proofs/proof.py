"""A proof: it needs what must hold, and ends with one line when something does not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


class Missed(Exception):
    """The project did not keep what it promises."""


def require(kept: bool, otherwise: str) -> None:
    if not kept:
        raise Missed(otherwise)


def run(main: Callable[[], None]) -> None:
    """A proof's exit code is 1 with one line on standard error when something is missed."""
    try:
        main()
    except Missed as missed:
        raise SystemExit(f"missed: {missed}") from None


@contextmanager
def new_room() -> Iterator[Path]:
    """A temporary folder for the project, its data and its logs."""
    with TemporaryDirectory(prefix="fastkit-proof-") as folder:
        yield Path(folder)
