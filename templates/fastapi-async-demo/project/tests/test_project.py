"""The files around the application."""

import subprocess
import sys

import pytest

from app.database import ROOT


def test_requirements_txt_has_no_list_of_its_own() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()

    assert [line for line in lines if not line.startswith("#")] == ["-e ."]


def load(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "test_async.py", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_load_script_shows_the_ratio(server: str) -> None:
    runs = (load(server, "--delay", "0.5", "--many", "3") for _ in range(3))
    done = next((run for run in runs if run.returncode == 0), None)

    assert done, "three times, sync was not slower than async"
    assert "times as long as async" in done.stdout


def test_the_load_script_says_where_no_server_is() -> None:
    done = load("http://127.0.0.1:1")

    assert done.returncode == 1
    assert "is the server running at http://127.0.0.1:1?" in done.stderr


@pytest.mark.parametrize("words", [("--delay", "0"), ("--delay", "nan"), ("--many", "0")])
def test_the_load_script_refuses_what_it_cannot_measure(words: tuple[str, str]) -> None:
    done = load("http://127.0.0.1:1", *words)

    assert done.returncode == 2
    assert "must be more than 0" in done.stderr
