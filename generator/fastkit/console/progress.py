"""How far a step is that takes a while, on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastkit.console.output import put, rich_console, words
from fastkit.machine.progress import Report
from fastkit.wording import one_line, shortened


@contextmanager
def progress(text: str) -> Iterator[Report]:
    """A spinner with the latest line of the work; one line where standard error is not a terminal."""
    if not sys.stderr.isatty():
        put(f"{text}...", sys.stderr)
        yield lambda line: None
        return
    with rich_console(sys.stderr).status(words(f"{text}...")) as status:
        yield lambda line: status.update(words(f"{text}... {shortened(' '.join(line.split()))}"))


@contextmanager
def progress_bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """A bar that takes how much is done and of how much; one line where there is no terminal."""
    if not sys.stderr.isatty():
        put(f"{text}...", sys.stderr)
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=rich_console(sys.stderr), transient=True) as shown:
        task = shown.add_task(one_line(text), total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
