"""The only module that prints or prompts."""

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

from fastkit import catalog, documents
from fastkit.catalog import Listed, Template
from fastkit.errors import FastkitError, InvalidAnswer, ManagerUnavailable, MissingAnswer, one_line
from fastkit.progress import Report
from fastkit.questions import Answers, Check, Question, Value, option_for

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

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
        from rich.console import Console

        piped = not self.stream.isatty() and "COLUMNS" not in os.environ
        return Console(
            file=self.stream,
            highlight=False,
            width=PIPED_WIDTH if piped else None,
            color_system=None if os.environ.get("NO_COLOR") else "auto",
        )


voice = Voice()


def keep_stdout_for_json() -> None:
    voice.json = True


def prepare_streams() -> None:
    """Never fail on a character that the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def say(text: str = "", style: str = "") -> None:
    if not style:
        print(text, file=voice.stream, flush=True)
        return
    from rich.text import Text

    voice.rich().print(Text(text, style=style), soft_wrap=True)


def say_words(text: str) -> None:
    """Say what others have written: several lines, without any control of the terminal."""
    say("\n".join(one_line(line) for line in text.splitlines()))


def show(renderable: "RenderableType") -> None:
    voice.rich().print(renderable)


def say_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str), flush=True)


def say_note(text: str) -> None:
    """Something to know, on standard error."""
    print(f"note: {one_line(text)}", file=sys.stderr, flush=True)


def say_error(error: FastkitError) -> None:
    sys.stdout.flush()
    tail = [f"  | {line}" for line in getattr(error, "tail", ())]
    print(f"error: {error.message}", *tail, f"hint: {error.hint}", sep="\n", file=sys.stderr, flush=True)


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
    prompt = f"{text} [{one_line(default)}]: " if default and not secret else f"{text}: "
    read = read_lines if multiline and not secret else read_line
    while True:
        typed = read(what, option, prompt, secret=secret) or default or ""
        try:
            return check(typed)
        except InvalidAnswer as error:
            say(f"error: {error.message}")
        except ManagerUnavailable as error:
            say(f"error: {error.message}\nhint: {error.hint}")


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
    try:
        if secret and sys.stdin.isatty():
            return getpass(prompt, voice.stream)
        line = edited(prompt) if can_edit() else read_plainly(prompt)
    except EOFError:
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
    print(prompt, end="", file=voice.stream, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\r\n")


def choose_template(templates: Sequence[Template]) -> Template:
    """Show the templates by number and ask for one, by number or name."""
    from rich.text import Text

    table = plain_table("Templates")
    for number, template in enumerate(templates, 1):
        table.add_row(str(number), Text(template.name), Text(template.title))
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


def find_template(name: str) -> Template:
    """The template that a command names; where its repository was asked, with progress and a note."""
    template = catalog.find(name, progress)
    if template.caveat:
        say_note(template.caveat)
    return template


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
    from rich.text import Text

    table = Table(title=Text(title), box=SQUARE, show_header=bool(headers), title_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def show_project(
    template: Template, questions: Sequence[Question], answers: Answers, features: Sequence[str] = ()
) -> None:
    from rich.text import Text

    if voice.json:
        return
    say(f"Deploying FastAPI project using '{template.name}' template\n")
    table = plain_table("Project Information")
    table.add_column(no_wrap=True)
    table.add_column(min_width=39, overflow="fold")
    for question in questions:
        if question.name in answers.values:
            value = "•" * 8 if question.name in answers.secret else answers.values[question.name]
            table.add_row(TITLES.get(question.name, question.name), Text(as_text(value)))
    if template.ref:
        table.add_row("Template", Text(template.pinned))
    if features:
        table.add_row("Features", Text(", ".join(features)))
    if table.row_count:
        show(table)
        say()


def as_text(value: Value) -> str:
    return value if isinstance(value, str) else documents.as_text(value)


def show_dependencies(template: Template) -> None:
    from rich.text import Text

    if voice.json or not template.dependencies:
        return
    table = plain_table("Template Dependencies")
    for number, name in enumerate(template.dependencies, 1):
        table.add_row(f"Dependency {number}", Text(name))
    show(table)
    say()


@contextmanager
def progress(text: str) -> Iterator[Report]:
    """On standard error, a spinner with the latest line of work; where that is no terminal, one line."""
    if not sys.stderr.isatty():
        print(f"{text}...", file=sys.stderr, flush=True)
        yield lambda line: None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status(escape(f"{text}...")) as status:
        yield lambda line: status.update(escape(f"{text}... {shortened(line)}"))


@contextmanager
def progress_bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """On standard error, a bar that takes how much is done and of how much; one line elsewhere."""
    if not sys.stderr.isatty():
        print(f"{text}...", file=sys.stderr, flush=True)
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(text, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def shortened(line: str, width: int = 60) -> str:
    line = " ".join(line.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def show_tree(name: str, paths: Sequence[str]) -> None:
    from rich.text import Text
    from rich.tree import Tree

    root = Tree(Text(f"{name}/", style="bold"))
    branches: dict[str, Tree] = {"": root}
    for path in sorted(paths, key=lambda path: [(part.count(".") > 9, part) for part in path.split("/")]):
        parts = path.rstrip("/").split("/")
        for depth, part in enumerate(parts):
            here = "/".join(parts[: depth + 1])
            if here not in branches:
                is_folder = depth < len(parts) - 1 or path.endswith("/")
                above = branches["/".join(parts[:depth])]
                branches[here] = above.add(Text(part + "/" * is_folder, style="bold" if is_folder else ""))
    show(root)


def show_commands(title: str, commands: Sequence[str]) -> None:
    say(f"\n{title}:", "bold")
    for command in commands:
        say(f"  {command}", "cyan")


def as_command(words: Sequence[str]) -> str:
    """A command line as this machine's shell takes it."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


# Listing.


def show_templates(listed: Sequence[Listed]) -> None:
    from rich.text import Text

    table = plain_table("Templates", "Name", "Version", "Description", "Source")
    for entry in listed:
        template = entry.template
        source = f"{template.source}, hidden by {entry.shadowed_by}" if entry.shadowed_by else template.source
        style = "dim" if entry.shadowed_by else "bold"
        table.add_row(Text(template.name, style=style), template.version, Text(template.title), source)
    show(table)


def show_facts(title: str, facts: Mapping[str, str]) -> None:
    from rich.text import Text

    table = plain_table(title)
    for name, value in facts.items():
        table.add_row(Text(name), Text(value))
    show(table)
    say()


def show_rows(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.text import Text

    table = plain_table(title, *headers)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    show(table)
    say()


def show_findings(title: str, findings: Sequence["Finding"]) -> None:
    """A table of what a check has found: where, what, what to do about it, and for which answers."""
    from rich.text import Text

    table = plain_table(title, "Where", "What, and what to do")
    for finding in findings:
        what = Text(finding.message)
        for line in finding.output:
            what.append(f"\n  | {shortened(line, 90)}", "dim")
        what.append(f"\nhint: {finding.hint}", "cyan")
        if finding.answers:
            what.append(f"\nanswers: {listed(finding.answers)}", "dim")
        table.add_row(Text(finding.place or "-"), what, end_section=True)
    show(table)
    say()


def listed(names: Sequence[str], at_most: int = 3) -> str:
    more = f", and {len(names) - at_most} more" if len(names) > at_most else ""
    return "; ".join(names[:at_most]) + more


def show_diff(text: str) -> None:
    """A unified diff, coloured on a terminal."""
    from rich.text import Text

    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in text.splitlines():
        show(Text(line, style=styles.get(line[:1], "")))


def relative(path: Path) -> str:
    """A path as one would type it from here."""
    try:
        below = path.relative_to(Path.cwd())
    except ValueError:
        return str(path)
    return str(below)
