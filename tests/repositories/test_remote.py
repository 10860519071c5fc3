"""How git is called for a repository elsewhere."""

import subprocess

import pytest

from fastkit.repositories.address import read_address
from fastkit.repositories.remote import environment


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
