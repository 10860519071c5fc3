"""`fastkit startdemo` on a terminal: the transcript, keys, colours, the spinner and Ctrl-C."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.commands.test_startdemo import ANSWERS, TRANSCRIPT, fake_manager, stripped
from tests.support.command_line import FASTKIT, clean_environment
from tests.support.demo import WORDS, make_demo
from tests.support.folders import write

pexpect = pytest.importorskip("pexpect")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")

CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""What moves the cursor or sets a style."""

STYLES = re.compile(r"\x1b\[[0-9;]*m")


@contextmanager
def terminal(*words: str, cwd: Path, **env: str) -> Iterator[Any]:
    """fastkit on a terminal of 120 columns; the process ends with the block."""
    child = pexpect.spawn(
        FASTKIT[0],
        [*FASTKIT[1:], *words],
        cwd=str(cwd),
        env=clean_environment(**{"TERM": "xterm-256color", **env}),
        encoding="utf-8",
        dimensions=(50, 120),
        timeout=20,
    )
    child.delaybeforesend = None
    try:
        yield child
    finally:
        child.close(force=True)


def text_until_end(child: Any) -> str:
    child.expect(pexpect.EOF)
    child.wait()
    return str(child.before)


def interrupted(child: Any) -> str:
    """What is said after Ctrl-C; pressed again where `input` was not yet reading, as a person would."""
    for _ in range(5):
        child.sendintr()
        if child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=2) == 0:
            child.wait()
            return str(child.before)
    pytest.fail("Ctrl-C does not end it")


def test_the_transcript_is_the_tutorials_to_the_word(tmp_path: Path) -> None:
    with terminal("startdemo", "fastapi-async-crud", "--no-install", cwd=tmp_path) as child:
        seen = ""
        for prompt, answer in zip(
            ("project name", "author name", "author email", "description", "package manager", "proceed"),
            ANSWERS.splitlines(),
            strict=True,
        ):
            child.expect(rf"{prompt}[^\n]*: ")
            seen += child.before + child.after
            child.sendline(answer)
        seen += text_until_end(child)
    assert child.exitstatus == 0
    wanted = stripped(TRANSCRIPT)
    assert stripped(CODES.sub("", seen))[: len(wanted)] == wanted


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        pytest.param("shpo\x7f\x7fop", "shop", id="backspace"),
        pytest.param("hop\x01s", "shop", id="ctrl-a"),
        pytest.param("sop\x1b[D\x1b[Dh\x05s", "shops", id="arrows"),
    ],
)
def test_an_answer_can_be_edited_before_it_is_sent(keys: str, name: str, tmp_path: Path) -> None:
    env = make_demo(tmp_path / "templates")
    with terminal("startdemo", "demo", "--dry-run", cwd=tmp_path, **env) as child:
        child.expect("Enter the project name: ")
        child.sendline(keys)
        child.expect("Enter the (author|project) name: ")
        assert child.match.group(1) == "author", child.before
        for answer in ("Ada", "ada@example.com", "A shop"):
            child.sendline(answer)
        child.expect(r"│ Project Name │ (\S+) ")
        assert child.match.group(1) == name


@pytest.mark.parametrize("answered", [0, 2, 4])
def test_ctrl_c_at_a_prompt_is_one_line_and_130(answered: int, tmp_path: Path) -> None:
    with terminal("startdemo", "fastapi-async-crud", "--no-install", cwd=tmp_path) as child:
        for answer in ANSWERS.splitlines()[:answered]:
            child.expect(r"Enter the [^\n]*: ")
            child.sendline(answer)
        child.expect("Select package manager [^\n]*: " if answered == 4 else "Enter the [^\n]*: ")
        said = interrupted(child)
    assert child.exitstatus == 130
    assert said.replace("^C", "").split() == ["interrupted"]
    assert not any(tmp_path.iterdir())


def test_ctrl_d_at_a_prompt_names_the_answer(tmp_path: Path) -> None:
    with terminal("startdemo", "fastapi-async-crud", cwd=tmp_path) as child:
        child.expect("Enter the project name: ")
        child.sendeof()
        said = text_until_end(child)
    assert child.exitstatus == 2
    assert stripped(said)[-2:] == ["error: no answer for `project_name`", "hint: pass --project-name"]


def test_a_secret_is_not_shown_while_it_is_typed(tmp_path: Path) -> None:
    env = make_demo(tmp_path / "templates")
    words = ("--set", "port=1", "--set", "tags=api", "--set", "database=none", "--package-manager", "uv")
    with terminal("startdemo", "demo", *WORDS, *words, "--dry-run", cwd=tmp_path, **env) as child:
        child.expect("token: ")
        child.waitnoecho(timeout=5)
        child.sendline("s3cret")
        said = text_until_end(child)
    assert child.exitstatus == 0
    assert "s3cret" not in said


def test_the_install_shows_a_spinner_with_its_latest_line(tmp_path: Path) -> None:
    line = r"Resolving [all] \033]0;title\007"
    script = f"printf '{line}\\n'; until [ -e {tmp_path}/go ]; do sleep 0.02; done; mkdir .venv"
    env = make_demo(tmp_path / "templates") | fake_manager(tmp_path, "pdm", script)
    words = ("startdemo", "demo", *WORDS, "--package-manager", "pdm", "--yes")
    with terminal(*words, cwd=tmp_path, **env) as child:
        child.expect(
            r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏](\x1b\[0m)? Installing with pdm\.\.\. Resolving \[all\] \\x1b\]0;title\\x07"
        )
        (tmp_path / "go").touch()
        child.expect("created successfully!")
        text_until_end(child)
    assert child.exitstatus == 0


def test_ctrl_c_during_the_install_leaves_the_project_and_the_steps(tmp_path: Path) -> None:
    script = f"echo $$ > {tmp_path}/pid; echo working; exec sleep 60"
    env = make_demo(tmp_path / "templates") | fake_manager(tmp_path, "pdm", script)
    words = ("startdemo", "demo", *WORDS, "--package-manager", "pdm", "--yes")
    with terminal(*words, cwd=tmp_path, **env) as child:
        child.expect("working")
        child.sendintr()
        said = stripped(CODES.sub("", text_until_end(child)))
    assert child.exitstatus == 130
    assert "error: `pdm install` was interrupted" in said
    assert said[said.index("Next steps:") + 1 :][:3] == ["cd shop", "pdm install", "pdm run pytest"]
    assert (tmp_path / "shop/.git/HEAD").exists()
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists()
    assert not any(path.name.startswith(".fastkit-") for path in tmp_path.iterdir())


def test_a_terminal_gets_styles(tmp_path: Path) -> None:
    with terminal("list-templates", cwd=tmp_path) as child:
        assert STYLES.search(text_until_end(child))


def test_no_color_is_honoured_on_a_terminal(tmp_path: Path) -> None:
    write(tmp_path / "shop", {".env": "MINE=1\n"})
    env = make_demo(tmp_path / "templates") | {"NO_COLOR": "1"}
    with terminal("startdemo", "demo", *WORDS, "--yes", "--dry-run", cwd=tmp_path, **env) as child:
        said = text_until_end(child)
    assert "-MINE=1" in said
    assert STYLES.findall(said) == []
