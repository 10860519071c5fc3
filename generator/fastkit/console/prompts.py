"""Asks a person, on the terminal or through a pipe."""

import sys
from contextlib import suppress
from getpass import getpass

from fastkit.catalog.questions import Check, Options, Value, option_for
from fastkit.console.output import people, put, say, within_a_line
from fastkit.errors import InvalidAnswer, ManagerUnavailable, MissingAnswer


def ask(
    question: str,
    text: str,
    default: str | None,
    check: Check,
    *,
    secret: bool,
    multiline: bool = False,
    options: Options | None = None,
) -> Value:
    """Ask one question of a template until the answer passes.

    Raises:
        MissingAnswer: standard input has ended.
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


def confirm(text: str, option: str, *, default: bool = False) -> bool:
    """Ask a yes/no question that an option answers with yes."""
    known = {"y": True, "yes": True, "n": False, "no": False, "": default}
    prompt = f"{text} [{'Y/n' if default else 'y/N'}]: "
    while True:
        typed = read_line(text, option, prompt, secret=False).strip().lower()
        if typed in known:
            return known[typed]
        say("error: answer y or n")


def read_line(what: str, option: str, prompt: str, *, secret: bool) -> str:
    """Read one line, and show it where no terminal has shown it."""
    prompt = within_a_line(prompt)
    try:
        if secret and sys.stdin.isatty():
            return getpass(prompt, people())
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
    """Read lines up to an empty one or the end of input; the first may be empty."""
    lines = [read_line(what, option, prompt, secret=secret)]
    with suppress(MissingAnswer):
        while lines[-1]:
            lines.append(read_line(what, option, "", secret=secret))
    return "\n".join(line for line in lines if line)


def can_edit() -> bool:
    """Whether `input` edits the line, which it does when both of its streams are a terminal."""
    return people() is sys.stdout and sys.stdin.isatty() and sys.stdout.isatty()


def edited(prompt: str) -> str:
    with suppress(ImportError):  # which gives `input` arrow keys, where it exists
        import readline  # noqa: F401
    return input(prompt)


def read_plainly(prompt: str) -> str:
    put(prompt, people(), end="")
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\r\n")
