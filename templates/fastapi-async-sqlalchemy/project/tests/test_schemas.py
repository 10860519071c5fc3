"""Nothing leaves the application that a schema does not name."""

import os
import subprocess
import sys
from pathlib import Path

from src.core.project import ROOT


def test_a_column_that_no_schema_names_is_in_no_answer(tmp_path: Path) -> None:
    # In a process of its own, since a table cannot lose a column again.
    done = subprocess.run(
        [sys.executable, "-m", "tests.secret_columns", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ},
        capture_output=True,
        text=True,
        check=True,
    )
    answers = done.stdout.splitlines()
    statuses = {line.split()[2] for line in answers if line.startswith(("GET", "P"))}

    assert statuses == {"200", "201", "202"}
    assert "hashed_password" not in done.stdout
    assert "SECRET" not in done.stdout
