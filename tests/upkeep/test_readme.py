"""The picture in README.md shows what fastkit really prints."""

import os
import re
import sys
from html import unescape
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from tests.support.command_line import fastkit

REPOSITORY = Path(__file__).parents[2]
SVG = REPOSITORY / "docs" / "startdemo.svg"

TYPED = """\
async-todo-api
Developer Kim
developer@example.com
Asynchronous todo management API
uv
y
"""


@pytest.fixture
def real_output(tmp_path: Path) -> str:
    """All that the tutorial's run prints, in colour; a uv of ours lends the tests' own environment."""
    (tmp_path / "bin").mkdir()
    uv = tmp_path / "bin" / "uv"
    uv.write_text(f'#!/bin/sh\necho uv 99.0.0\n[ "$1" = --version ] || ln -s "{sys.prefix}" .venv\n')
    uv.chmod(0o755)
    colours = {"FORCE_COLOR": "1", "COLUMNS": "100", "PATH": f"{uv.parent}:{os.environ['PATH']}"}
    run = fastkit("startdemo", "fastapi-async-crud", "--no-git", cwd=tmp_path, answers=TYPED, env=colours)
    assert run.code == 0, run.err
    return "$ fastkit startdemo fastapi-async-crud\n" + run.out.replace(" --no-git", "")


def test_the_picture_in_the_readme_is_what_fastkit_prints(
    real_output: str, pytestconfig: pytest.Config
) -> None:
    if pytestconfig.getoption("--update-golden"):
        SVG.write_text(picture(real_output), "utf-8")
    assert words(SVG.read_text("utf-8")) == words(picture(real_output))


def picture(output: str) -> str:
    console = Console(record=True, width=100, file=StringIO())
    console.print(Text.from_ansi(output))
    return console.export_svg(title="fastkit", unique_id="startdemo")


def words(svg: str) -> list[str]:
    """The text of a picture, piece by piece."""
    pieces = [unescape(text).replace("\xa0", " ") for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]
    return [piece for piece in pieces if piece.strip()]
