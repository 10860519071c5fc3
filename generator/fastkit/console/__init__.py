"""The only package that prints or prompts."""

from fastkit.console.output import (
    Unheard,
    forget_odd_sizes,
    keep_stdout_for_json,
    prepare_streams,
    say,
    say_error,
    say_json,
    say_note,
    say_words,
    show_commands,
)
from fastkit.console.progress import progress, progress_bar
from fastkit.console.prompts import ask, ask_for, confirm
from fastkit.console.tables import (
    show_diff,
    show_findings,
    show_plan,
    show_project,
    show_rows,
    show_templates,
    show_tree,
)

__all__ = [
    "Unheard",
    "ask",
    "ask_for",
    "confirm",
    "forget_odd_sizes",
    "keep_stdout_for_json",
    "prepare_streams",
    "progress",
    "progress_bar",
    "say",
    "say_error",
    "say_json",
    "say_note",
    "say_words",
    "show_commands",
    "show_diff",
    "show_findings",
    "show_plan",
    "show_project",
    "show_rows",
    "show_templates",
    "show_tree",
]
