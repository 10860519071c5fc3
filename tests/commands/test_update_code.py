"""Code of a template that an update runs."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fastkit.commands.update_code import run_each
from fastkit.rendering.tasks import Command


def test_each_command_is_named_before_it_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    update: Any = SimpleNamespace(project=tmp_path)
    commands = [
        Command("task", (sys.executable, "-c", f"open({name!r}, 'w').close()"), ".", {}) for name in "ab"
    ]
    assert run_each(tuple(commands), update, "undo it") is None
    assert capsys.readouterr().out.splitlines() == [f"running the task `{each}`" for each in commands]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
