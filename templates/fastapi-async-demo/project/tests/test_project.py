"""The files around the application."""

import subprocess
import sys

from app.database import ROOT


def test_requirements_txt_has_no_list_of_its_own() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()

    assert [line for line in lines if not line.startswith("#")] == ["-e ."]


def test_the_load_script_shows_the_ratio(server: str) -> None:
    done = subprocess.run(
        [sys.executable, "test_async.py", server, "--delay", "0.5", "--many", "20"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "times as long as async" in done.stdout


def test_the_load_script_says_where_no_server_is() -> None:
    done = subprocess.run(
        [sys.executable, "test_async.py", "http://127.0.0.1:1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "is the server running at http://127.0.0.1:1?" in done.stderr
