"""The command line itself: version, help, wrong words and pipes that close."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.command_line import FASTKIT, clean_environment, fastkit

COMMANDS = ("startdemo", "runserver", "list-templates", "show", "template")


def test_the_version_is_that_of_the_installed_distribution(tmp_path: Path) -> None:
    quick = fastkit("--version", cwd=tmp_path)
    assert (quick.code, quick.out, quick.err) == (0, f"fastkit {version('fastkit-startdemo')}\n", "")


def test_the_version_that_typer_shows_is_the_same(tmp_path: Path) -> None:
    usual = fastkit("--version", "list-templates", cwd=tmp_path)
    assert (usual.code, usual.out) == (0, fastkit("--version", cwd=tmp_path).out)


def test_nothing_behind_the_version_is_carried_out(tmp_path: Path) -> None:
    alone, more = (fastkit("--version", *words, cwd=tmp_path) for words in ((), ("unknown",)))
    assert (more.code, more.out, more.err) == (0, alone.out, "")


def test_the_version_imports_nothing_of_ours_but_itself(tmp_path: Path) -> None:
    imported = imported_by("--version", cwd=tmp_path)
    assert {name for name in imported if name.startswith(("fastkit", "typer", "rich"))} == {"fastkit"}


def test_the_help_imports_no_command(tmp_path: Path) -> None:
    imported = imported_by("--help", cwd=tmp_path)
    assert {name for name in imported if name.startswith("fastkit.commands.")} == set()


def imported_by(*words: str, cwd: Path) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "fastkit", *words],
        cwd=cwd,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.rsplit("|", 1)[1].strip() for line in run.stderr.splitlines() if "|" in line}


def test_a_shell_completes_the_options_of_a_command(tmp_path: Path) -> None:
    asked = {
        "_FASTKIT_COMPLETE": "complete_bash",
        "COMP_WORDS": "fastkit startdemo --proj",
        "COMP_CWORD": "2",
    }
    run = fastkit(cwd=tmp_path, env=asked)
    assert run.out.split() == ["--project-name"]


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_names_every_command(flag: str, tmp_path: Path) -> None:
    run = fastkit(flag, cwd=tmp_path)
    assert (run.code, run.err) == (0, "")
    for command in COMMANDS:
        assert f"│ {command} " in run.out


@pytest.mark.parametrize("words", [("template", "--help"), ("template",)])
def test_the_help_of_a_group_names_its_commands(words: tuple[str, ...], tmp_path: Path) -> None:
    run = fastkit(*words, cwd=tmp_path)
    assert run.err == ""
    for command in ("new", "check"):
        assert f"│ {command} " in run.out


def test_an_unknown_command_of_a_group_is_two_lines(tmp_path: Path) -> None:
    run = fastkit("template", "chek", cwd=tmp_path)
    assert run.code == 2
    assert run.error_lines[-1] == "hint: run `fastkit template --help`"


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (
            "startdemo",
            """--project-name --author --author-email --description --package-manager --set --answers
            --output -o --yes -y --no-install --no-git --dry-run --force --skip-existing --trust --json""",
        ),
        ("runserver", "--host --port --reload --no-reload --workers"),
        ("list-templates", "--json"),
        ("show", "--json"),
        ("template new", "--output -o"),
        ("template check", "--run --set --trust --json"),
    ],
)
def test_the_help_of_a_command_names_its_options(command: str, options: str, tmp_path: Path) -> None:
    run = fastkit(*command.split(), "--help", cwd=tmp_path, env={"COLUMNS": "160"})
    assert (run.code, run.err) == (0, "")
    assert f"Usage: fastkit {command} " in run.out
    assert set(options.split()) <= set(run.out.replace(",", " ").split())


def test_no_words_at_all_show_the_help(tmp_path: Path) -> None:
    run = fastkit(cwd=tmp_path)
    assert (run.code, run.err) == (2, "")
    assert "Usage: fastkit " in run.out


@pytest.mark.parametrize(
    ("words", "named", "help_of"),
    [
        (["--bogus"], "--bogus", "fastkit"),
        (["nonsense"], "nonsense", "fastkit"),
        (["startdemo", "--bogus"], "--bogus", "fastkit startdemo"),
        (["startdemo", "--author"], "--author", "fastkit startdemo"),
        (["startdemo", "a", "b"], "(b)", "fastkit startdemo"),
        (["show"], "template", "fastkit show"),
        (["runserver", "--port", "x"], "--port", "fastkit runserver"),
        (["runserver", "--port", "70000"], "--port", "fastkit runserver"),
        (["runserver", "--workers", "0"], "--workers", "fastkit runserver"),
        (["list-templates", "x"], "(x)", "fastkit list-templates"),
    ],
)
def test_wrong_words_are_two_lines_and_exit_2(
    words: list[str], named: str, help_of: str, tmp_path: Path
) -> None:
    run = fastkit(*words, cwd=tmp_path)
    assert (run.code, run.out) == (2, "")
    assert len(run.error_lines) == 2
    assert run.error_lines[0].startswith("error: ")
    assert named in run.error_lines[0].lower()
    assert run.error_lines[1] == f"hint: run `{help_of} --help`"


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of POSIX")
@pytest.mark.parametrize(
    "words",
    [
        *("list-templates", "show fastapi-async-crud --json", "--help"),
        "--version",
    ],
)
def test_a_reader_that_has_gone_is_no_noise(words: str, tmp_path: Path) -> None:
    fastkit_words = " ".join(FASTKIT)
    done = subprocess.run(
        ["bash", "-c", f"{fastkit_words} {words} | head -0"],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of POSIX")
def test_a_reader_that_goes_does_not_harm_the_project(tmp_path: Path) -> None:
    call = "startdemo fastapi-async-crud --project-name shop --author A --author-email a@b.cd"
    words = f"{' '.join(FASTKIT)} {call} --description d --no-install --no-git --yes"
    subprocess.run(
        ["bash", "-c", f"{words} | head -1"], cwd=tmp_path, env=clean_environment(), check=False,
        capture_output=True,
    )  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] in ([], ["shop"])


def test_it_runs_where_nothing_may_be_written(tmp_path: Path) -> None:
    env = {"HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent", "TMPDIR": "/nonexistent"}
    assert fastkit("list-templates", cwd=tmp_path, env=env).code == 0


def test_the_module_is_the_program(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "fastkit", "show", "nowhere"]
    run = subprocess.run(words, cwd=tmp_path, env=clean_environment(), capture_output=True, check=False)
    assert (run.returncode, run.stderr.decode()) == (2, fastkit("show", "nowhere", cwd=tmp_path).err)
