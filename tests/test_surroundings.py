"""fastkit where something around it is odd: no traceback, and either it works or it is one error."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fastkit.disk import locked
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


# Standard streams.

CLOSED = ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"]


def through_a_shell(tmp_path: Path, env: dict[str, str], streams: str, *words: str) -> Run:
    done = subprocess.run(
        ["bash", "-c", f'{{ "$@" {streams}; }}', "bash", *FASTKIT, *words],
        cwd=tmp_path,
        env=clean_environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


@posix
@pytest.mark.parametrize("streams", [*CLOSED, "> /dev/full", "2> /dev/full", "2>&1 | head -0"])
@pytest.mark.parametrize(
    ("words", "code"), [("--version", 0), ("--help", 0), ("list-templates", 0), ("show x", 2)]
)
def test_no_state_of_the_standard_streams_is_a_traceback(
    words: str, code: int, streams: str, env: dict[str, str], tmp_path: Path
) -> None:
    run = through_a_shell(tmp_path, env, streams, *words.split())
    assert "Traceback" not in run.err
    assert "Exception ignored" not in run.err
    assert "head" in streams or run.code == (1 if (code, streams) == (0, "> /dev/full") else code), run


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_standard_output_that_takes_no_more_is_one_error(env: dict[str, str], tmp_path: Path) -> None:
    for words in ("--version", "list-templates", "--help"):
        run = through_a_shell(tmp_path, env, "> /dev/full", words)
        assert run.error_lines == [
            f"error: cannot write to standard output: {os.strerror(errno.ENOSPC)}",
            "hint: send it elsewhere",
        ]


@posix
@pytest.mark.parametrize("streams", [*CLOSED, "2> /dev/full"])
def test_a_project_is_made_whatever_the_streams_are(
    streams: str, env: dict[str, str], tmp_path: Path
) -> None:
    run = through_a_shell(tmp_path, env, streams, "startdemo", "demo", *WORDS, *SILENT)
    assert (run.code, run.err) == (0, ""), run
    assert (tmp_path / "shop/src/main.py").read_text() == "app = None\n"
    assert (tmp_path / "shop/.git/index").is_file()


@posix
def test_a_question_that_nobody_can_answer_is_one_error(env: dict[str, str], tmp_path: Path) -> None:
    run = through_a_shell(tmp_path, env, "<&-", "startdemo", "demo", "--no-install")
    assert run.code == 2
    assert run.error_lines == ["error: no answer for `project_name`", "hint: pass --project-name"]


@posix
def test_an_update_into_a_pipe_that_closes_is_no_noise(env: dict[str, str], tmp_path: Path) -> None:
    make(tmp_path, env)
    write(tmp_path / "templates/demo/project", {f"{number}.txt": "new\n" for number in range(2000)})
    for words in (("update", "--dry-run"), ("update", "--dry-run", "--json")):
        run = through_a_shell(tmp_path / "here/shop", env, "| head -1", *words)
        assert run.err == "", run


# Two runs in one place.


@posix
@pytest.mark.parametrize("there", [{"here/shop/": ""}, {"here/shop/notes.txt": "mine\n"}, {"here/": ""}])
def test_of_runs_in_one_place_one_wins_and_the_others_are_told(
    there: dict[str, str], env: dict[str, str], tmp_path: Path
) -> None:
    for name in "ab":
        files = {f"project/{number}.txt": name for number in range(300)}
        write(tmp_path / f"templates/{name}", {"copier.yml": DEMO["copier.yml"], **files})
    write(tmp_path, there)
    runs = {
        name: subprocess.Popen(
            [*FASTKIT, "startdemo", name, *WORDS, *SILENT],
            cwd=tmp_path / "here",
            env=clean_environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for name in "ab"
    }
    told = {name: run.communicate()[1].decode() for name, run in runs.items()}
    won = [name for name, run in runs.items() if run.returncode == 0]
    (lost,) = {*"ab"} - {*won}
    assert len(told[lost].splitlines()) == 2, told
    assert {(tmp_path / f"here/shop/{number}.txt").read_text() for number in range(300)} == {*won}
    listed = subprocess.run(
        ["git", "ls-files"], cwd=tmp_path / "here/shop", capture_output=True, text=True, check=True
    )
    assert ".fastkit-" not in listed.stdout
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["shop"]


@posix
@pytest.mark.parametrize("words", [("update",), ("add", "x"), ("remove", "x"), ("update", "--check")])
def test_nothing_is_updated_where_another_run_is_at_work(
    words: tuple[str, ...], env: dict[str, str], tmp_path: Path
) -> None:
    make(tmp_path, env)
    project = tmp_path / "here/shop"
    with locked(project):
        run = fastkit(*words, cwd=project / "src", env=env)
    assert run.code == 1
    assert run.error_lines[0] == f"error: another run of fastkit works in `{project}`"
