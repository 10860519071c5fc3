"""fastkit where something around it is odd: no traceback, and either it works or it is one error."""

import sys
from pathlib import Path

import pytest

from tests.support.command_line import Run, fastkit
from tests.support.demo import WORDS, make_demo
from tests.support.folders import read, write

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX alone has it")

SILENT = ("--no-install", "--yes")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return make_demo(tmp_path / "templates")


def make(tmp_path: Path, env: dict[str, str], *words: str) -> Run:
    here = tmp_path / "here"
    here.mkdir(exist_ok=True)
    return fastkit("startdemo", "demo", *WORDS, *SILENT, *words, cwd=here, env=env)


# Locales.

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@posix
def test_in_a_locale_without_letters_of_ones_own_all_of_them_arrive(
    env: dict[str, str], tmp_path: Path
) -> None:
    write(tmp_path / "templates/demo/project", {"ü/{{ author }}.txt.jinja": "{{ author }}\n"})
    run = make(tmp_path, env | ASCII, "--author", "Zoë")
    assert run.code == 0, run
    assert read(tmp_path / "here/shop/ü") == {"Zoë.txt": "Zoë\n"}
