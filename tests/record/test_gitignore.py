"""What git would ignore, compared with git itself."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fastkit.record.gitignore import Ignored
from tests.support.folders import write

EXAMPLES = 2000 if os.environ.get("FASTKIT_PROOF") else 40


@pytest.mark.parametrize(
    ("text", "path", "ignored"),
    [
        ("*.log\n", "a/b.log", True),
        ("*.log\n!keep.log\n", "a/keep.log", False),
        ("build/\n", "build/x.py", True),
        ("build/\n", "build", False),
        ("build/\n!x.py\n", "build/x.py", True),
        ("/only\n", "only", True),
        ("/only\n", "a/only", False),
        ("# a comment\n\n*.py[co]\n", "a.pyc", True),
        ("a/**/z\n", "a/b/c/z", True),
        ("docs/*.txt\n", "docs/a.txt", True),
        ("[!a]\n", "b", True),
        ("\\#file\n", "#file", True),
        ("trailing  \n", "trailing", True),
        ("ä*\n", "a/äb", True),
        ("a/**\n", "a/b/c", True),
        ("/**/z\n", "a/z", True),
        ("[z-a]\n", "z", False),
        ("a[\n", "a[", False),
        ("a.b\r\n", "a.b", True),
    ],
)
def test_patterns_decide_which_paths_are_ignored(text: str, path: str, ignored: bool) -> None:
    assert (path in Ignored({".gitignore": text})) is ignored


def test_the_nearest_gitignore_decides() -> None:
    ignored = Ignored({".gitignore": "*.log\n", "a/.gitignore": "!*.log\n"})
    assert "x.log" in ignored
    assert "a/x.log" not in ignored


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 16 + "*b", "a" * 200),
        ("?*" * 100 + "b", "a" * 255),
        ("**/a" * 40 + "/b", "a/" * 200 + "a"),
        ("a*/**/" * 20 + "b", "aa/" * 200 + "aa"),
        ("[" * 200_000, "a"),
    ],
)
def test_many_stars_are_as_fast_as_one(pattern: str, path: str) -> None:
    before = time.process_time()
    assert path not in Ignored({".gitignore": pattern})
    assert time.process_time() - before < 2


def test_a_character_set_that_python_reads_differently_causes_no_warning() -> None:
    assert "-" in Ignored({".gitignore": "[+--]\n"})
    assert "&" in Ignored({".gitignore": "[a&&b||c~~d]\n"})


NAMES = st.sampled_from(["a", "b", "ab", "a.py", "b.log", ".env", "build", "a b"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
LINES = st.one_of(
    st.sampled_from(
        ["*", "*.py", "!*.py", "/a", "a/", "!a/", "b?", "[ab].py", "**/a", "a/**", "a/b", "/a/*.py"]
    ),
    st.sampled_from(
        [
            "#a",
            "",
            "!b",
            ".env",
            "a b",
            "*.log",
            "build/",
            "!build/",
            "\\!a",
            "[!a]",
            "a\\ ",
            "a**",
            "**",
            "/",
        ]
    ),
    PATHS,
    st.lists(st.sampled_from(["a", "*", "?*", "a*b", "*a*", "[ab]*", "**"]), min_size=1).map("/".join),
)
TEXTS = st.lists(LINES, max_size=4).map(lambda lines: "".join(f"{line}\n" for line in lines))


@settings(max_examples=EXAMPLES)
@example(paths=["a/b.log"], text="*.log\n", nested="!b.log\n")
@given(paths=st.lists(PATHS, min_size=1, max_size=8), text=TEXTS, nested=TEXTS)
def test_git_agrees(
    paths: list[str], text: str, nested: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    repository = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "--quiet"], cwd=repository, check=True)
    files = {".gitignore": text, "a/.gitignore": nested}
    write(repository, files)
    made = {path for path in paths if make(repository / path)}
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "-z"],
        cwd=repository,
        check=True,
        capture_output=True,
    )
    tracked = set(listed.stdout.decode().split("\0")) & made
    ignored = Ignored(files)
    assert {path for path in made if path not in ignored} == tracked


def make(file: Path) -> bool:
    """Make an empty file, unless a file is in the place of its folder, or a folder in its place."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    except (FileExistsError, NotADirectoryError):
        return False
    return file.is_file()
