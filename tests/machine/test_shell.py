"""Command lines and paths as a person types them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fastkit.machine.shell import as_command, relative
from fastkit.wording import is_shown

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shells of POSIX")

NAME = "de\x1b[8mmo\u202e"

EVIL = "E[/]\x1b]0;PWNED\a\r\x0b\x85\x9b2J\x7f\u202eb\u2066\u2028c\ufff9\U000e0041"

SHELLS = [name for name in ("bash", "zsh", "ksh") if shutil.which(name)]

WORDS = [NAME, "it's \\ \x1b\n1", "caf\udce9 \udce9", EVIL, "plain", "", "$HOME 'x'"]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("word", WORDS)
def test_a_printed_command_works_when_it_is_pasted(shell: str, word: str) -> None:
    shown = as_command(["printf", "%s", word])
    assert all(map(is_shown, shown))
    done = subprocess.run([shell, "-c", shown], capture_output=True, check=True)
    assert done.stdout == word.encode("utf-8", "surrogateescape")


def test_a_path_is_relative_to_the_current_folder_where_it_is_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert relative(tmp_path / "work/shop") == "work/shop"
    assert relative(tmp_path.parent) == str(tmp_path.parent)
