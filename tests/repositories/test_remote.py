"""How git is called for a repository elsewhere."""

import io
import os
import subprocess
import sys
from collections import deque
from pathlib import Path

import pytest

from fastkit.computing import limits
from fastkit.errors import SourceError
from fastkit.repositories.address import GitAddress, read_address
from fastkit.repositories.remote import (
    check_size,
    describe,
    environment,
    fetch,
    list_refs,
    listen,
    listening,
    without_settings,
)
from tests.support.repositories import Repository, git, make_repository


def address_of(repository: Repository) -> GitAddress:
    address = read_address(repository.url)
    assert address
    return address


@pytest.mark.parametrize("path", ["ada/r", "ada/r.git/info/lfs", "other/submodule"])
def test_git_logs_in_to_the_server_of_the_address_and_to_no_other(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Ada")
    address = read_address("https://ada:se%40cret@h.example/ada/r")
    assert address
    env = environment(address)

    def answer(url: str) -> list[str]:
        words = ["git", "credential", "fill"]
        done = subprocess.run(
            words, env=env, input=f"url={url}\n\n", capture_output=True, text=True, check=False
        )
        return [line for line in done.stdout.splitlines() if line.startswith(("username", "password"))]

    assert answer(f"https://h.example/{path}") == ["username=ada", "password=se@cret"]
    assert answer(f"https://other.example/{path}") == []
    words = ["git", "config", "user.name"]
    assert subprocess.run(words, env=env, capture_output=True, text=True, check=True).stdout == "Ada\n"


def test_settings_in_variables_do_not_apply_where_none_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Ada")
    env = without_settings()
    words = ["git", "config", "user.name"]
    assert subprocess.run(words, env=env, capture_output=True, check=False).stdout == b""
    assert env["PATH"] == os.environ["PATH"]


def test_a_fetched_commit_is_described_as_git_describes_it(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "demo.git")
    git("tag", "early", cwd=repository.work)
    first = repository.commit({"a.txt": "one\n"}, "v1")
    git("tag", "a", cwd=repository.work)
    repository.commit({"a.txt": "two\n"})
    last = repository.commit({"a.txt": "three\n"})
    address = address_of(repository)
    tags = {
        name.removeprefix("refs/tags/"): commit
        for name, commit in list_refs(address).items()
        if name.startswith("refs/tags/")
    }
    for number, commit in enumerate((first, last)):
        room = tmp_path / str(number)
        room.mkdir()
        fetch(address, commit, commit, room, lambda line: None)
        described = git("describe", "--tags", "--always", commit, cwd=repository.work)
        assert describe(address, commit, commit, tags, room) == described


def test_only_files_have_a_size_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = make_repository(tmp_path / "demo.git", {"a/b/c.txt": "12345"})
    address, commit = address_of(repository), git("rev-parse", "HEAD", cwd=repository.work)
    monkeypatch.setattr(limits, "MOST_BYTES_FETCHED", 5)
    check_size(address, commit, repository.bare)
    monkeypatch.setattr(limits, "MOST_BYTES_FETCHED", 4)
    with pytest.raises(SourceError, match="has more than 4 bytes, too much to fetch"):
        check_size(address, commit, repository.bare)


def test_each_line_that_git_ends_or_overwrites_is_reported_and_all_are_kept() -> None:
    messages, reported = deque[str](), list[str]()
    listen(io.BytesIO(b"Receiving: 1%\rReceiving: 2%\nfatal: no"), messages, reported.append)
    assert reported == ["Receiving: 1%", "Receiving: 2%"]
    assert [*messages] == [*reported, "fatal: no"]


def test_the_last_words_of_git_are_waited_for() -> None:
    words = [sys.executable, "-c", "import sys, time; time.sleep(0.2); sys.stderr.write('fatal: no')"]
    messages = deque[str]()
    with subprocess.Popen(words, stderr=subprocess.PIPE) as process:
        with listening(process, messages, lambda line: None):
            pass
        assert [*messages] == ["fatal: no"]
