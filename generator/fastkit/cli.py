"""The command line, and the one place where errors become an exit status."""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from fastkit import __version__, console
from fastkit.errors import FastkitError, Interrupted, SystemRefused, UsageError
from fastkit.machine.disk import stand_somewhere
from fastkit.machine.interrupts import interrupt_on_signals

WRONG_USAGE: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")
"""What typer raises for a wrong command line; it has no public name."""

COMMANDS = {
    "startdemo": "Make a project from a template, install it and put it under git.",
    "init": "Make a project by a dialogue: template, features, resources and all answers.",
    "runserver": "Serve the project that this folder is in.",
    "list-templates": "List the templates that startdemo can use.",
    "show": "Show what a template asks, installs and makes.",
    "update": "Bring a project up to date with its template, and keep your edits.",
    "add": "Add features to a project, and keep your edits.",
    "remove": "Remove features from a project, and keep your edits.",
    "resource add": "Add a resource to a project: its table, routes, schemas and tests.",
    "resource change": "Add, change and remove fields of a resource, with a migration.",
    "resource remove": "Remove a resource; its table stays unless it is to be dropped.",
    "resource eject": "Leave a resource to yourself: fastkit no longer updates its files.",
    "resource list": "List the resources of a project, and which of their files were edited.",
    "addroute": "The same as `resource add`.",
    "template new": "Make a template that works, to start your own from.",
    "template check": "Check templates: as they are written, and every kind of project that they make.",
}
"""By name, in the order of the help. A name of two words is a command in a group."""

SETTINGS = {"resource change": {"ignore_unknown_options": True, "help_option_names": ["--help"]}}
"""Of commands whose arguments may begin with a hyphen, such as `-height`."""

SAME = {"addroute": "resource add", "init": "startdemo"}
"""Other names of commands."""

COMPLETION = "_FASTKIT_COMPLETE"
"""The variable by which a shell asks for completions, without passing the words on."""

GROUPS = {
    "resource": "Add resources to a project, and change them, and keep your edits.",
    "template": "Make templates of your own, and check them.",
}

app = typer.Typer(
    name="fastkit",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def load_commands(words: Sequence[str]) -> None:
    """Import the command that is called, or those of the group.

    The help of fastkit itself needs their names and sentences alone.
    """
    groups: dict[str, typer.Typer] = {}
    wanted = called(words)
    for name in wanted or COMMANDS:
        *group, own_name = name.split()
        for above in group:
            groups.setdefault(above, typer.Typer(help=GROUPS[above], no_args_is_help=True))
        above_it = groups[group[0]] if group else app
        register = above_it.command(own_name, help=COMMANDS[name], context_settings=SETTINGS.get(name))
        register(imported(name) if wanted or COMPLETION in os.environ else not_imported)
    for name, commands in groups.items():
        app.add_typer(commands, name=name)


def imported(name: str) -> Callable[..., None]:
    function = SAME.get(name, name).replace("-", "_").replace(" ", "_")
    command: Callable[..., None] = getattr(importlib.import_module(f"fastkit.commands.{function}"), function)
    return command


def not_imported() -> None:
    """Stands for a command that is not called."""


def called(words: Sequence[str]) -> list[str]:
    """The commands that a call can mean by its first words: one, or those of a group."""
    exact = [name for name in COMMANDS if name.split() == [*words[: len(name.split())]]]
    return exact or [name for name in COMMANDS if words and name.split()[0] == words[0]]


def show_version(wanted: bool) -> None:
    if wanted:
        console.say(f"fastkit {__version__}")
        raise typer.Exit


@app.callback()
def fastkit(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Make complete FastAPI projects from templates."""


def run(words: Sequence[str]) -> int:
    """Carry out one call and return its exit status, 130 where it was interrupted."""
    load_commands(words)
    console.prepare_streams()
    console.forget_odd_sizes()
    stand_somewhere()
    interrupt_on_signals()
    try:
        status = outcome(words)
        sys.stdout.flush()
    except console.Unheard as error:
        return unheard(error.__cause__)
    return status


def outcome(words: Sequence[str]) -> int:
    try:
        status = int(app(list(words), standalone_mode=False) or 0)
    except WRONG_USAGE as error:
        return usage(error, words)
    except FastkitError as error:
        console.say_error(error)
        return error.exit_code
    except OSError as error:
        refused = SystemRefused(error)
        console.say_error(refused)
        return refused.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    if status == Interrupted.exit_code:  # what typer makes of Ctrl-C
        raise KeyboardInterrupt
    return status


def unheard(cause: BaseException | None) -> int:
    """Say that standard output cannot be written, unless its reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(cause, BrokenPipeError):
        reason = getattr(cause, "strerror", None) or cause
        console.say_error(FastkitError(f"cannot write to standard output: {reason}", "send it elsewhere"))
    return FastkitError.exit_code


def usage(error: Any, words: Sequence[str]) -> int:
    """Show an error of typer as one of ours; a bare `fastkit` shows its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        console.say_words(error.format_message())
        return UsageError.exit_code
    from fastkit.repositories.address import without_password  # whose patterns take time

    message = error.format_message().strip().rstrip(".")
    for word in words:
        message = message.replace(word, without_password(word))
    names = called(words)
    command = " ".join(["fastkit", *(names if len(names) == 1 else words[:1] if names else ())])
    console.say_error(UsageError(message[:1].lower() + message[1:], f"run `{command} --help`"))
    return UsageError.exit_code
