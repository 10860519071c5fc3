"""Menus that one points into with the arrow keys, where the terminal can show them."""

import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastkit.console.output import say, visible
from fastkit.console.prompts import can_edit

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

NARROWEST, LOWEST = 50, 10
"""The columns and lines that a menu needs."""

MOST_ABOUT = 2
"""Lines of a description."""

Ticked = frozenset[str]


@dataclass(frozen=True)
class Row:
    """One line of a menu: a name, a few words beside it, and a sentence below while one points at it."""

    name: str
    title: str = ""
    description: str = ""


@dataclass
class Menu:
    """
    Attributes:
        at: the row that is pointed at.
        several: whether rows have check boxes.
        toggle: what is ticked once the box of a row is pressed.
        refused: the rows that cannot be chosen while these are ticked, each with the reason.
    """

    rows: Sequence[Row]
    at: int = 0
    several: bool = False
    ticked: Ticked = frozenset()
    toggle: Callable[[Ticked, str], Ticked] = lambda ticked, name: ticked ^ {name}
    refused: Callable[[Ticked], Mapping[str, str]] = field(default=lambda ticked: {})

    def move(self, by: int) -> None:
        self.at = (self.at + by) % len(self.rows)

    def press(self) -> None:
        name = self.rows[self.at].name
        if self.several and name not in self.refused(self.ticked):
            self.ticked = self.toggle(self.ticked, name)

    @property
    def is_settled(self) -> bool:
        """Whether Enter is an answer here."""
        return self.several or self.rows[self.at].name not in self.refused(self.ticked)

    def lines(self) -> "StyleAndTextTuples":
        """Pairs of a style and a text, as prompt_toolkit shows them."""
        refused = self.refused(self.ticked)
        width = max(len(row.name) for row in self.rows)
        return [
            self.line(number, row, width, refused.get(row.name, "")) for number, row in enumerate(self.rows)
        ]

    def line(self, number: int, row: Row, width: int, refusal: str) -> tuple[str, str]:
        pointer = "> " if number == self.at else "  "
        box = ("[x] " if row.name in self.ticked else "[ ] ") if self.several else ""
        about = f"({refusal})" if refusal else row.title
        style = "class:refused" if refusal else "class:pointed" if number == self.at else ""
        ends = "" if number == len(self.rows) - 1 else "\n"
        return style, visible(f"{pointer}{box}{row.name:{width}}  {about}".rstrip()) + ends


def can_point() -> bool:
    """Whether menus can be shown and used: on a terminal that moves its cursor, and is large enough."""
    columns, lines = shutil.get_terminal_size()
    moves = os.name == "nt" or os.environ.get("TERM", "dumb") not in ("", "dumb", "unknown")
    return can_edit() and moves and columns >= NARROWEST and lines >= LOWEST


def point(title: str, menu: Menu) -> Menu:
    """Show the menu until Enter is pressed, and then say in one line what was chosen.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
        EOFError: Ctrl-D was pressed.
    """
    application(title, menu).run(handle_sigint=False)
    chosen = [row.name for row in menu.rows if row.name in menu.ticked]
    shown = (", ".join(chosen) or "none") if menu.several else menu.rows[menu.at].name
    say(f"{title}: {shown}")
    return menu


def application(title: str, menu: Menu) -> "Application[None]":
    """Imports prompt_toolkit, which takes longer than all of fastkit and serves menus alone."""
    from prompt_toolkit.application import Application
    from prompt_toolkit.data_structures import Point
    from prompt_toolkit.layout import FormattedTextControl, HSplit, Layout, Window
    from prompt_toolkit.output import create_output
    from prompt_toolkit.styles import Style

    keys = "arrow keys, Space to choose, Enter to go on" if menu.several else "arrow keys, Enter to choose"
    rows = FormattedTextControl(
        menu.lines, focusable=True, show_cursor=False, get_cursor_position=lambda: Point(0, menu.at)
    )
    heading = FormattedTextControl([("bold", visible(title)), ("class:hint", f"  ({keys})")])
    below = FormattedTextControl(lambda: [("class:hint", described(menu.rows[menu.at]))])
    parts = [Window(heading, height=1), Window(rows, dont_extend_height=True)]
    if any(row.description for row in menu.rows):
        parts.append(Window(below, height=MOST_ABOUT))
    output = create_output(sys.stdout)
    output.enable_cpr = False  # type: ignore[attr-defined]  # a terminal that does not answer is not waited for
    return Application(
        layout=Layout(HSplit(parts)),
        key_bindings=bindings(menu),
        style=Style.from_dict(
            {"pointed": "bold ansicyan", "refused": "ansibrightblack", "hint": "ansibrightblack"}
        ),
        output=output,
        erase_when_done=True,
    )


def described(row: Row) -> str:
    """The description of a row, in lines that fit."""
    lines = textwrap.wrap(visible(row.description), shutil.get_terminal_size().columns - 1)
    return "\n".join(lines[:MOST_ABOUT])


def bindings(menu: Menu) -> "KeyBindings":
    from prompt_toolkit.key_binding import KeyBindings

    actions: dict[str, Callable[[KeyPressEvent], None]] = {
        **dict.fromkeys(("up", "k"), lambda event: menu.move(-1)),
        **dict.fromkeys(("down", "j"), lambda event: menu.move(1)),
        "home": lambda event: menu.move(-menu.at),
        "end": lambda event: menu.move(-menu.at - 1),
        " ": lambda event: menu.press(),
        "enter": lambda event: event.app.exit() if menu.is_settled else None,
        "c-c": lambda event: event.app.exit(exception=KeyboardInterrupt),
        "c-d": lambda event: event.app.exit(exception=EOFError),
    }
    keys = KeyBindings()
    for key, action in actions.items():
        keys.add(key)(action)
    return keys
