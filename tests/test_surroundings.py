"""fastkit where something around it is odd: no traceback, and either it works or it is one error."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import FASTKIT, Run, clean_environment, fastkit
from tests.support.demo import DEMO, WORDS, make_demo
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


# A current folder that is gone.


def from_a_folder_that_is_gone(tmp_path: Path, env: dict[str, str], *words: str) -> Run:
    (tmp_path / "gone").mkdir()
    done = subprocess.run(
        ["sh", "-c", 'cd "$0" && rmdir "$0" && exec "$@"', str(tmp_path / "gone"), *FASTKIT, *words],
        env=clean_environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


@posix
@pytest.mark.parametrize(
    "words",
    [
        ("startdemo", "demo", *WORDS, *SILENT),
        ("startdemo", "demo", *WORDS, *SILENT, "--output", "below"),
        ("template", "new", "mine"),
        ("update",),
        ("update", "--adopt", "demo"),
        ("add",),
        ("remove", "docker"),
        ("runserver",),
    ],
    ids=" ".join,
)
def test_what_needs_a_current_folder_says_that_it_is_gone(
    words: tuple[str, ...], env: dict[str, str], tmp_path: Path
) -> None:
    run = from_a_folder_that_is_gone(tmp_path, env, *words)
    assert run.code == 2
    assert run.error_lines == [
        "error: the current folder does not exist any more",
        "hint: go to a folder that does",
    ]


@posix
@pytest.mark.parametrize("settings", ["", "_exclude: [notes.txt]\n"], ids=["usual", "for copier"])
def test_what_needs_no_current_folder_works_without_one(
    settings: str, env: dict[str, str], tmp_path: Path
) -> None:
    write(tmp_path / "templates/demo", {"copier.yml": DEMO["copier.yml"] + settings})
    assert from_a_folder_that_is_gone(tmp_path, env, "list-templates").code == 0
    assert from_a_folder_that_is_gone(tmp_path, env, "show", "demo").code == 0
    words = ("startdemo", "demo", *WORDS, *SILENT, "--output", str(tmp_path / "below"))
    run = from_a_folder_that_is_gone(tmp_path, env, *words)
    assert (run.code, run.err) == (0, ""), run
    assert (tmp_path / "below/shop/src/main.py").is_file()
    assert run.command_after("Next steps") == f"cd {tmp_path}/below/shop"
    assert f"--output {tmp_path}/below" in run.command_after("The same project again, without questions")
