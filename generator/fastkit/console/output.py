"""Where everything that fastkit prints goes: standard output, or standard error where stdout is for JSON.

Each text passes `put`, `words` or `say_json`, which spell out what a terminal would obey, as most text
comes from strangers.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from fastkit.computing.documents import as_json
from fastkit.errors import FastkitError
from fastkit.wording import is_shown, one_line

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text  # noqa: TID251

PIPED_WIDTH = 100
"""Columns of a table where there is no terminal."""


stdout_is_for_json = False


def keep_stdout_for_json(wanted: bool) -> bool:
    """Say everything but JSON on standard error, if `wanted`; as a callback of the option `--json`."""
    global stdout_is_for_json
    stdout_is_for_json = wanted
    return wanted


def people() -> TextIO:
    """The stream for what people read."""
    return sys.stderr if stdout_is_for_json else sys.stdout


class Unheard(Exception):
    """Nobody can read standard output any more; the cause says why. An OSError would pass for a disk's."""


class Output:
    """A standard stream whose failures are not confused with those of a disk."""

    def __init__(self, stream: TextIO, *, matters: bool) -> None:
        self.stream = stream
        self.matters = matters

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> None:
        self.attempt(lambda: self.stream.write(text))

    def flush(self) -> None:
        self.attempt(self.stream.flush)

    def attempt(self, function: Callable[[], object]) -> None:
        try:
            function()
        except (OSError, ValueError) as error:
            if self.matters:
                raise Unheard from error


def prepare_streams() -> None:
    """Never fail on a character that the terminal cannot encode, nor on a closed standard error."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
            setattr(sys, name, Output(stream, matters=name == "stdout"))


def forget_odd_sizes() -> None:
    """Ignore terminal sizes that are not numbers, on which Rich and Typer would fail."""
    for name in ("COLUMNS", "LINES", "TERMINAL_WIDTH"):
        if not (size := os.environ.get(name, "")).isascii() or not size.isdigit():
            os.environ.pop(name, None)


# What is shown of a text.


def put(text: str, stream: TextIO, end: str = "\n") -> None:
    """Print one line: line breaks inside it are escaped, those around it are ours."""
    print(within_a_line(text), end=end, file=stream, flush=True)


def within_a_line(text: str) -> str:
    line = text.strip("\n")
    return text.replace(line, visible(line), 1) if line else text


def visible(text: str) -> str:
    return "\t".join(map(one_line, text.split("\t")))


def words(text: str, style: str = "") -> "Text":
    """A text for Rich; in a table or a tree, line breaks can do no harm."""
    from rich.text import Text  # noqa: TID251

    return Text("\n".join(map(visible, text.split("\n"))), style)


def rich_console(stream: TextIO) -> "Console":
    from rich.console import Console

    piped = not stream.isatty() and "COLUMNS" not in os.environ
    return Console(
        file=stream,
        highlight=False,
        markup=False,
        emoji=False,
        width=PIPED_WIDTH if piped else None,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )


def say_json(value: Any) -> None:
    text = json.dumps(as_json(value), ensure_ascii=False, indent=2, allow_nan=False)
    escaped = "".join(c if is_shown(c) or c == "\n" else json.dumps(c)[1:-1] for c in text)
    sys.stdout.write(f"{escaped}\n")
    sys.stdout.flush()


# Saying something.


def say(text: str = "", style: str = "") -> None:
    if not style:
        put(text, people())
        return
    rich_console(people()).print(words(within_a_line(text), style), soft_wrap=True)


def say_words(text: str) -> None:
    """Say several lines that others have written; nothing where there are none."""
    for line in text.split("\n") if text else ():
        say(line.removesuffix("\r"))


def show(renderable: "RenderableType") -> None:
    rich_console(people()).print(renderable)


def say_note(text: str) -> None:
    """Say something worth knowing, on standard error."""
    put(f"note: {text}", sys.stderr)


def say_error(error: FastkitError) -> None:
    sys.stdout.flush()
    tail = [f"  | {line}" for line in getattr(error, "tail", ())]
    for line in (f"error: {error.message}", *tail, f"hint: {error.hint}"):
        put(line, sys.stderr)


def show_commands(title: str, commands: Sequence[str]) -> None:
    say(f"\n{title}:", "bold")
    for command in commands:
        say(f"  {command}", "cyan")
