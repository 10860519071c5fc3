"""Odd surroundings: fastkit either works or ends with one error, and never with a traceback."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fastkit.machine.disk import locked
from tests.support.command_line import FASTKIT, Run, clean_environment, fastkit
from tests.support.demo import DEMO, WORDS, make_demo
from tests.support.folders import read, write

posix = pytest.mark.skipif(sys.platform == "win32", reason="only POSIX has it")

STARTDEMO = ("startdemo", "demo", *WORDS, "--no-install", "--yes")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return make_demo(tmp_path / "templates")


def make(tmp_path: Path, env: dict[str, str], *words: str) -> Run:
    return fastkit(*STARTDEMO, *words, cwd=here_in(tmp_path), env=env)


def here_in(tmp_path: Path) -> Path:
    """The folder in which projects are made."""
    here = tmp_path / "here"
    here.mkdir(exist_ok=True)
    return here


def run_in(folder: Path, env: dict[str, str], *command: str) -> Run:
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean_environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def through_a_shell(folder: Path, env: dict[str, str], line: str, *words: str) -> Run:
    """Run fastkit where `"$@"` stands in the line."""
    return run_in(folder, env, "bash", "-c", line, "bash", *FASTKIT, *words)


# Locales.

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@posix
def test_names_keep_their_letters_in_an_ascii_locale(env: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / "templates/demo/project", {"ü/{{ author }}.txt.jinja": "{{ author }}\n"})
    run = make(tmp_path, env | ASCII, "--author", "Zoë")
    assert run.code == 0, run
    assert read(tmp_path / "here/shop/ü") == {"Zoë.txt": "Zoë\n"}


# A current folder that is gone.


def from_a_folder_that_is_gone(tmp_path: Path, env: dict[str, str], *words: str) -> Run:
    (tmp_path / "gone").mkdir()
    return through_a_shell(tmp_path / "gone", env, 'rmdir "$PWD" && exec "$@"', *words)


@posix
@pytest.mark.parametrize(
    "words",
    [
        STARTDEMO,
        (*STARTDEMO, "--output", "below"),
        ("template", "new", "mine"),
        ("update",),
        ("update", "--adopt", "demo"),
        ("add",),
        ("remove", "docker"),
        ("runserver",),
    ],
    ids=" ".join,
)
def test_a_command_that_needs_the_current_folder_reports_that_it_is_gone(
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
def test_other_commands_work_without_a_current_folder(
    settings: str, env: dict[str, str], tmp_path: Path
) -> None:
    write(tmp_path / "templates/demo", {"copier.yml": DEMO["copier.yml"] + settings})
    assert from_a_folder_that_is_gone(tmp_path, env, "list-templates").code == 0
    assert from_a_folder_that_is_gone(tmp_path, env, "show", "demo").code == 0
    words = (*STARTDEMO, "--output", str(tmp_path / "below"))
    run = from_a_folder_that_is_gone(tmp_path, env, *words)
    assert (run.code, run.err) == (0, ""), run
    assert (tmp_path / "below/shop/src/main.py").is_file()
    assert run.command_after("Next steps") == f"cd {tmp_path}/below/shop"
    assert f"--output {tmp_path}/below" in run.command_after("The same project again, without questions")


# Standard streams.

CLOSED = ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"]


def with_streams(folder: Path, env: dict[str, str], streams: str, *words: str) -> Run:
    return through_a_shell(folder, env, f'{{ "$@" {streams}; }}', *words)


@posix
@pytest.mark.parametrize("streams", [*CLOSED, "> /dev/full", "2> /dev/full", "2>&1 | head -0"])
@pytest.mark.parametrize(
    ("words", "code"), [("--version", 0), ("--help", 0), ("list-templates", 0), ("show x", 2)]
)
def test_no_state_of_the_standard_streams_causes_a_traceback(
    words: str, code: int, streams: str, env: dict[str, str], tmp_path: Path
) -> None:
    run = with_streams(tmp_path, env, streams, *words.split())
    assert "Traceback" not in run.err
    assert "Exception ignored" not in run.err
    assert "head" in streams or run.code == (1 if (code, streams) == (0, "> /dev/full") else code), run


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_standard_output_is_one_error(env: dict[str, str], tmp_path: Path) -> None:
    for words in ("--version", "list-templates", "--help"):
        run = with_streams(tmp_path, env, "> /dev/full", words)
        assert run.error_lines == [
            f"error: cannot write to standard output: {os.strerror(errno.ENOSPC)}",
            "hint: send it elsewhere",
        ]


@posix
@pytest.mark.parametrize("streams", [*CLOSED, "2> /dev/full"])
def test_a_project_is_made_whatever_the_standard_streams_are(
    streams: str, env: dict[str, str], tmp_path: Path
) -> None:
    run = with_streams(tmp_path, env, streams, *STARTDEMO)
    assert (run.code, run.err) == (0, ""), run
    assert (tmp_path / "shop/src/main.py").read_text() == "app = None\n"
    assert (tmp_path / "shop/.git/index").is_file()


@posix
def test_a_question_without_standard_input_is_one_error(env: dict[str, str], tmp_path: Path) -> None:
    run = with_streams(tmp_path, env, "<&-", "startdemo", "demo", "--no-install")
    assert run.code == 2
    assert run.error_lines == ["error: no answer for `project_name`", "hint: pass --project-name"]


@posix
def test_an_update_into_a_closed_pipe_is_silent(env: dict[str, str], tmp_path: Path) -> None:
    make(tmp_path, env)
    write(tmp_path / "templates/demo/project", {f"{number}.txt": "new\n" for number in range(2000)})
    for words in (("update", "--dry-run"), ("update", "--dry-run", "--json")):
        run = with_streams(tmp_path / "here/shop", env, "| head -1", *words)
        assert run.err == "", run


# Two runs in one place.


@posix
@pytest.mark.parametrize("there", [{"here/shop/": ""}, {"here/shop/notes.txt": "mine\n"}, {"here/": ""}])
def test_of_two_runs_in_one_place_one_wins_and_the_other_reports_it(
    there: dict[str, str], env: dict[str, str], tmp_path: Path
) -> None:
    for name in "ab":
        files = {f"project/{number}.txt": name for number in range(300)}
        write(tmp_path / f"templates/{name}", {"copier.yml": DEMO["copier.yml"], **files})
    write(tmp_path, there)
    runs = {
        name: subprocess.Popen(
            [*FASTKIT, "startdemo", name, *STARTDEMO[2:]],
            cwd=tmp_path / "here",
            env=clean_environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for name in "ab"
    }
    errors = {name: run.communicate()[1].decode() for name, run in runs.items()}
    won = [name for name, run in runs.items() if run.returncode == 0]
    (lost,) = {*"ab"} - {*won}
    assert len(errors[lost].splitlines()) == 2, errors
    assert {(tmp_path / f"here/shop/{number}.txt").read_text() for number in range(300)} == {*won}
    listed = subprocess.run(
        ["git", "ls-files"], cwd=tmp_path / "here/shop", capture_output=True, text=True, check=True
    )
    assert ".fastkit-" not in listed.stdout
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["shop"]


@posix
@pytest.mark.parametrize("words", [("update",), ("add", "x"), ("remove", "x"), ("update", "--check")])
def test_nothing_is_updated_while_another_run_is_at_work(
    words: tuple[str, ...], env: dict[str, str], tmp_path: Path
) -> None:
    make(tmp_path, env)
    project = tmp_path / "here/shop"
    with locked(project):
        run = fastkit(*words, cwd=project / "src", env=env)
    assert run.code == 1
    assert run.error_lines[0] == f"error: another fastkit is running in `{project}`"


# What the system refuses.


@posix
@pytest.mark.parametrize("files", [6, 8, 10, 14])
def test_too_few_open_files_are_one_error(files: int, env: dict[str, str], tmp_path: Path) -> None:
    run = through_a_shell(here_in(tmp_path), env, f'ulimit -n {files} && exec "$@"', *STARTDEMO)
    assert run.code in (0, 1)
    assert "Traceback" not in run.err
    assert len(run.error_lines) == 2 * run.code
    assert [path.name for path in (tmp_path / "here").iterdir()] == ([] if run.code else ["shop"])


@posix
@pytest.mark.parametrize(
    "words",
    [
        ("show", "./PATH"),
        ("startdemo", "./PATH"),
        ("template", "check", "./PATH"),
        ("template", "new", "x", "-o", "PATH"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("path", ["a" * 300, "a/" * 3000], ids=["a name", "a path"])
def test_a_path_that_is_too_long_is_one_error(
    path: str, words: tuple[str, ...], env: dict[str, str], tmp_path: Path
) -> None:
    run = fastkit(*(word.replace("PATH", path) for word in words), cwd=here_in(tmp_path), env=env)
    assert run.code in (1, 2)
    assert run.err == "" or len(run.error_lines) == 2
    assert "Traceback" not in run.out + run.err
    assert read(tmp_path / "here") == {}


@posix
@pytest.mark.parametrize("path", ["/" + "a" * 300, "/a" * 3000], ids=["a name", "a path"])
@pytest.mark.parametrize("name", ["FASTKIT_TEMPLATES", "FASTKIT_CACHE", "HOME", "TMPDIR", "XDG_CONFIG_HOME"])
def test_impossible_folders_count_as_missing(name: str, path: str, tmp_path: Path) -> None:
    run = fastkit("list-templates", cwd=tmp_path, env={name: path})
    assert (run.code, run.err) == (0, "")
    assert "fastapi-async-crud" in run.out


@posix
def test_a_template_of_a_thousand_levels_is_one_error(env: dict[str, str], tmp_path: Path) -> None:
    deep = tmp_path / "templates/demo/project"
    here = Path.cwd()
    try:
        for _ in range(1200):
            os.chdir(deep)
            deep = Path("d")
            deep.mkdir()
    finally:
        os.chdir(here)
    try:
        shown = fastkit("show", "demo", cwd=tmp_path, env=env)
        made = make(tmp_path, env)
        trusted = make(tmp_path, env, "--trust")
    finally:  # pytest itself cannot remove as much
        subprocess.run(["rm", "-r", str(tmp_path / "templates/demo/project/d")], check=True)
    assert shown.code in (0, 1)
    assert made.error_lines[0] == "error: demo: nests folders deeper than 100 levels"
    assert trusted.error_lines == made.error_lines
    assert not [*(tmp_path / "here").glob("*/.fastkit-*"), *(tmp_path / "here").glob(".fastkit-*")]


@pytest.fixture
def bound() -> tuple[str, ...]:
    """A prefix of commands for which the modes of files hold, though root would bypass them."""
    if os.geteuid() != 0:
        return ()
    words = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    try:
        subprocess.run([*words, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("root bypasses the modes of files here")
    return words


@posix
@pytest.mark.parametrize(
    ("closed", "shown"),
    [
        ("templates/demo/copier.yml", "demo/copier.yml: cannot be read: Permission denied"),
        ("templates/demo/project", "demo/project: cannot be read: Permission denied"),
        ("templates/demo/project/src", "demo/project/src: cannot be read: Permission denied"),
        ("templates/demo/project/src/main.py", "demo/project/src/main.py: cannot be read: Permission denied"),
        ("templates/demo", "there is no template `demo`"),
        ("templates", "there is no template `demo`"),
    ],
)
def test_an_unreadable_file_or_folder_is_named(
    closed: str, shown: str, bound: tuple[str, ...], env: dict[str, str], tmp_path: Path
) -> None:
    mode = (tmp_path / closed).stat().st_mode
    (tmp_path / closed).chmod(0)
    made = run_in(here_in(tmp_path), env, *bound, *FASTKIT, *STARTDEMO)
    listed = run_in(here_in(tmp_path), env, *bound, *FASTKIT, "list-templates")
    (tmp_path / closed).chmod(mode)
    assert made.error_lines[0] == f"error: {shown}"
    assert len(made.error_lines) == 2
    assert read(here_in(tmp_path)) == {}
    assert (listed.code, listed.err) == (0, "")


@posix
@pytest.mark.parametrize("size", ["abc", "²", "-1", "", "0", "1", "99999"])
@pytest.mark.parametrize("name", ["COLUMNS", "LINES", "TERMINAL_WIDTH"])
def test_any_size_of_a_terminal_works(name: str, size: str, env: dict[str, str], tmp_path: Path) -> None:
    assert fastkit("--help", cwd=tmp_path, env=env | {name: size}).code == 0


# A broken git.

GITS = {
    "crashes": "kill -SEGV $$",
    "says nothing": "exit 0",
    "prints rubbish": "echo $$; printf 'x\\0y\\tz\\n'",
    "knows its version alone": "case $* in *version) echo git version 9.0;; *) printf 'x\\0y\\n'; esac",
}


@posix
@pytest.mark.parametrize("kind", GITS)
def test_a_broken_git_is_one_note_or_error(kind: str, env: dict[str, str], tmp_path: Path) -> None:
    make(tmp_path, env)
    tool = write(tmp_path / "tools", {"git": f"#!/bin/sh\n{GITS[kind]}\n"}) / "git"
    tool.chmod(0o755)
    odd = env | {"PATH": f"{tmp_path}/tools{os.pathsep}{os.environ['PATH']}"}
    made = fastkit(*STARTDEMO, cwd=tmp_path, env=odd)
    assert (made.code, made.err) == (0, "")
    assert (tmp_path / "shop/src/main.py").is_file()
    update = fastkit("update", "--check", cwd=tmp_path / "here/shop", env=odd)
    assert (update.code, len(update.error_lines)) == (1, 2), update
