"""The only module that prints or prompts.

Whatever it is given reaches the terminal through `put`, `words` or `say_json`, which spell out what a
terminal would obey: most text is a stranger's.
"""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from fastkit.catalog.find import Listed
from fastkit.catalog.questions import Answers, Check, Question, Value, option_for
from fastkit.catalog.template import Template
from fastkit.computing import documents
from fastkit.errors import FastkitError, InvalidAnswer, ManagerUnavailable, MissingAnswer, is_shown, one_line
from fastkit.machine import disk
from fastkit.machine.progress import Report

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text  # noqa: TID251

    from fastkit.checking.finding import Finding

PIPED_WIDTH = 100
"""Columns of a table where no terminal says otherwise."""


class Voice:
    """Where people are spoken to: standard output, or standard error when that is kept for JSON."""

    def __init__(self) -> None:
        self.json = False

    @property
    def stream(self) -> TextIO:
        return sys.stderr if self.json else sys.stdout

    def rich(self) -> "Console":
        return rich_console(self.stream)


voice = Voice()


def keep_stdout_for_json() -> None:
    voice.json = True


class Unheard(Exception):
    """Standard output takes no more; the cause says why. No OSError, which would pass for a disk's."""


class Output:
    """A standard stream whose failures are told from those of a disk."""

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
    """Never fail on a character that the terminal's encoding lacks, nor on a standard error that is gone."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
            setattr(sys, name, Output(stream, matters=name == "stdout"))


def forget_odd_sizes() -> None:
    """Drop sizes of a terminal that are no numbers, at which Rich or Typer would stop."""
    for name in ("COLUMNS", "LINES", "TERMINAL_WIDTH"):
        if not (size := os.environ.get(name, "")).isascii() or not size.isdigit():
            os.environ.pop(name, None)


# The doors.


def put(text: str, stream: TextIO, end: str = "\n") -> None:
    """Print a line; of its line breaks, only those around it are ours."""
    print(within_a_line(text), end=end, file=stream, flush=True)


def within_a_line(text: str) -> str:
    line = text.strip("\n")
    return text.replace(line, visible(line), 1) if line else text


def visible(text: str) -> str:
    return "\t".join(map(one_line, text.split("\t")))


def words(text: str, style: str = "") -> "Text":
    """What Rich shows of a text in a table or a tree, where a line break cannot lead out."""
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
    text = json.dumps(documents.as_json(value), ensure_ascii=False, indent=2, allow_nan=False)
    escaped = "".join(c if is_shown(c) or c == "\n" else json.dumps(c)[1:-1] for c in text)
    print(escaped, flush=True)  # noqa: T201


# Telling.


def say(text: str = "", style: str = "") -> None:
    if not style:
        put(text, voice.stream)
        return
    voice.rich().print(words(within_a_line(text), style), soft_wrap=True)


def say_words(text: str) -> None:
    """Say several lines that others have written."""
    for line in text.split("\n"):
        say(line.removesuffix("\r"))


def show(renderable: "RenderableType") -> None:
    voice.rich().print(renderable)


def say_note(text: str) -> None:
    """Something to know, on standard error."""
    put(f"note: {text}", sys.stderr)


def say_error(error: FastkitError) -> None:
    sys.stdout.flush()
    tail = [f"  | {line}" for line in getattr(error, "tail", ())]
    for line in (f"error: {error.message}", *tail, f"hint: {error.hint}"):
        put(line, sys.stderr)


# Asking.


def ask(
    question: str,
    text: str,
    default: str | None,
    check: Check,
    *,
    secret: bool,
    multiline: bool = False,
) -> Value:
    """Put one question of a template until the answer passes.

    Raises:
        MissingAnswer: standard input has come to its end.
    """
    return ask_for(question, option_for(question), text, default, check, secret=secret, multiline=multiline)


def ask_for(
    what: str,
    option: str,
    text: str,
    default: str | None,
    check: Check,
    *,
    secret: bool,
    multiline: bool = False,
) -> Value:
    text += ", ended by an empty line" * multiline
    prompt = f"{text} [{default}]: " if default and not secret else f"{text}: "
    read = read_lines if multiline and not secret else read_line
    while True:
        typed = read(what, option, prompt, secret=secret) or default or ""
        try:
            return check(typed)
        except InvalidAnswer as error:
            say(f"error: {error.message}")
        except ManagerUnavailable as error:
            say(f"error: {error.message}")
            say(f"hint: {error.hint}")


def confirm(text: str, option: str) -> bool:
    """A yes/no question whose default is no, and which an option answers with yes."""
    known = {"y": True, "yes": True, "n": False, "no": False, "": False}
    while True:
        typed = read_line(text, option, f"{text} [y/N]: ", secret=False).strip().lower()
        if typed in known:
            return known[typed]
        say("error: answer y or n")


def read_line(what: str, option: str, prompt: str, *, secret: bool) -> str:
    """One line of standard input, which is shown again where no terminal has shown it."""
    prompt = within_a_line(prompt)
    try:
        if secret and sys.stdin.isatty():
            return getpass(prompt, voice.stream)
        line = edited(prompt) if can_edit() else read_plainly(prompt)
    except (EOFError, OSError):
        say()
        raise MissingAnswer(what, option) from None
    except UnicodeDecodeError:
        line = "\ufffe"
    if not sys.stdin.isatty():
        say("" if secret else line)
    return line


def read_lines(what: str, option: str, prompt: str, *, secret: bool) -> str:
    """Lines up to an empty one; the first may be empty, and the last may be the end of input."""
    lines = [read_line(what, option, prompt, secret=secret)]
    with suppress(MissingAnswer):
        while lines[-1]:
            lines.append(read_line(what, option, "", secret=secret))
    return "\n".join(line for line in lines if line)


def can_edit() -> bool:
    """Whether `input` edits the line, which it does when both of its streams are a terminal."""
    return voice.stream is sys.stdout and sys.stdin.isatty() and sys.stdout.isatty()


def edited(prompt: str) -> str:
    with suppress(ImportError):  # where it exists, it gives `input` its arrow keys
        import readline  # noqa: F401
    return input(prompt)


def read_plainly(prompt: str) -> str:
    put(prompt, voice.stream, end="")
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\r\n")


def choose_template(templates: Sequence[Template]) -> Template:
    """Show the templates by number and ask for one, by number or name."""
    table = plain_table("Templates")
    for number, template in enumerate(templates, 1):
        add_row(table, str(number), template.name, template.title)
    show(table)
    say()
    by_word = {word: t for number, t in enumerate(templates, 1) for word in (str(number), t.name)}

    def check(typed: str) -> Template:
        if typed.strip() not in by_word:
            raise InvalidAnswer(
                "template", f"cannot be `{typed}`; choose from 1 to {len(templates)}, or a name"
            )
        return by_word[typed.strip()]

    chosen: Template = ask_for(
        "template", "TEMPLATE", "Select template", templates[0].name, check, secret=False
    )
    return chosen


# The run of `startdemo`.

TITLES = {
    "project_name": "Project Name",
    "author": "Author",
    "author_email": "Author Email",
    "description": "Description",
}


def plain_table(title: str, *headers: str) -> "Table":
    from rich.box import SQUARE
    from rich.table import Table

    table = Table(title=words(title), box=SQUARE, show_header=bool(headers), title_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def add_row(table: "Table", *cells: "str | Text", end_section: bool = False) -> None:
    shown = [words(cell) if isinstance(cell, str) else cell for cell in cells]
    table.add_row(*shown, end_section=end_section)


def show_project(
    template: Template, questions: Sequence[Question], answers: Answers, features: Sequence[str] = ()
) -> None:
    if voice.json:
        return
    say(f"Deploying {template.kind} using '{template.name}' template\n")
    table = plain_table("Project Information")
    table.add_column(no_wrap=True)
    table.add_column(min_width=39, overflow="fold")
    for question in questions:
        if question.name in answers.values:
            value = "•" * 8 if question.name in answers.secret else answers.values[question.name]
            add_row(table, TITLES.get(question.name, question.name), as_text(value))
    if template.ref:
        add_row(table, "Template", template.pinned)
    if features:
        add_row(table, "Features", ", ".join(features))
    if table.row_count:
        show(table)
        say()


def as_text(value: Value) -> str:
    return value if isinstance(value, str) else documents.as_text(value)


def show_dependencies(template: Template) -> None:
    if voice.json or not template.dependencies:
        return
    table = plain_table("Template Dependencies")
    for number, name in enumerate(template.dependencies, 1):
        add_row(table, f"Dependency {number}", name)
    show(table)
    say()


@contextmanager
def progress(text: str) -> Iterator[Report]:
    """On standard error, a spinner with the latest line of work; where that is no terminal, one line."""
    if not sys.stderr.isatty():
        put(f"{text}...", sys.stderr)
        yield lambda line: None
        return
    with rich_console(sys.stderr).status(words(f"{text}...")) as status:
        yield lambda line: status.update(words(f"{text}... {shortened(line)}"))


@contextmanager
def progress_bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """On standard error, a bar that takes how much is done and of how much; one line elsewhere."""
    if not sys.stderr.isatty():
        put(f"{text}...", sys.stderr)
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=rich_console(sys.stderr), transient=True) as shown:
        task = shown.add_task(one_line(text), total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def shortened(line: str, width: int = 60) -> str:
    line = " ".join(line.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def show_tree(name: str, paths: Sequence[str]) -> None:
    from rich.tree import Tree

    root = Tree(words(f"{name}/", "bold"))
    branches: dict[str, Tree] = {"": root}
    for path in sorted(paths, key=lambda path: [(part.count(".") > 9, part) for part in path.split("/")]):
        parts = path.rstrip("/").split("/")
        for depth, part in enumerate(parts):
            here = "/".join(parts[: depth + 1])
            if here not in branches:
                is_folder = depth < len(parts) - 1 or path.endswith("/")
                above = branches["/".join(parts[:depth])]
                shown = one_line(part) + "/" * is_folder
                branches[here] = above.add(words(shown, "bold" if is_folder else ""))
    show(root)


def show_commands(title: str, commands: Sequence[str]) -> None:
    say(f"\n{title}:", "bold")
    for command in commands:
        say(f"  {command}", "cyan")


def as_command(words: Sequence[str]) -> str:
    """A command line as this machine's shell takes it."""
    return subprocess.list2cmdline(words) if os.name == "nt" else " ".join(map(quoted, words))


def quoted(word: str) -> str:
    """A word for a POSIX shell; in the form of `$'\\033'` where it holds what a terminal does not show."""
    if all(map(is_shown, word)):
        return shlex.quote(word)
    return f"$'{''.join(map(spelled, word))}'"


def spelled(character: str) -> str:
    if is_shown(character):
        return f"\\{character}" if character in "\\'" else character
    errors = "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass"
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", errors))


# Listing.


def show_templates(listed: Sequence[Listed]) -> None:
    table = plain_table("Templates", "Name", "Version", "Description", "Source")
    for entry in listed:
        template = entry.template
        source = f"{template.source}, hidden by {entry.shadowed_by}" if entry.shadowed_by else template.source
        style = "dim" if entry.shadowed_by else "bold"
        add_row(table, words(template.name, style), template.version, template.title, source)
    show(table)


def show_facts(title: str, facts: Mapping[str, str]) -> None:
    table = plain_table(title)
    for name, value in facts.items():
        add_row(table, name, value)
    show(table)
    say()


def show_rows(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = plain_table(title, *headers)
    for row in rows:
        add_row(table, *row)
    show(table)
    say()


def show_findings(title: str, findings: Sequence["Finding"]) -> None:
    """A table of what a check has found: where, what, what to do about it, and for which answers."""
    table = plain_table(title, "Where", "What, and what to do")
    for finding in findings:
        what = words(one_line(finding.message))
        for line in finding.output:
            what += words(f"\n  | {shortened(line, 90)}", "dim")
        what += words(f"\nhint: {one_line(finding.hint)}", "cyan")
        if finding.answers:
            what += words(f"\nanswers: {one_line(listed(finding.answers))}", "dim")
        add_row(table, finding.place or "-", what, end_section=True)
    show(table)
    say()


def listed(names: Sequence[str], at_most: int = 3) -> str:
    more = f", and {len(names) - at_most} more" if len(names) > at_most else ""
    return "; ".join(names[:at_most]) + more


def show_diff(text: str) -> None:
    """A unified diff, coloured on a terminal."""
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in text.removesuffix("\n").split("\n") if text else ():
        show(words(line, styles.get(line[:1], "")))


def relative(path: Path) -> str:
    """A path as one would type it from here."""
    here = Path() if disk.stands_nowhere else Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
