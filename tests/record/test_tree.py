"""The files of a rendered project that its baseline holds."""

from pathlib import Path

from fastkit.record.tree import tracked
from tests.support.folders import write


def test_a_baseline_holds_what_git_would_track(tmp_path: Path) -> None:
    files = {
        ".gitignore": "*.log\n/data/\n",
        "a.log": "",
        "b.txt": "*\n",
        "data/x": "",
        "sub/.gitignore": "!kept.log\n",
        "sub/kept.log": "",
        "sub/other.log": "",
        ".env": "KEY=1\n",
        ".venv/x": "",
    }
    assert sorted(tracked(write(tmp_path, files))) == [
        ".gitignore",
        "b.txt",
        "sub/.gitignore",
        "sub/kept.log",
    ]
