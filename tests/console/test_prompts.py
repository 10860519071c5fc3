"""Questions to a person."""

import pytest

from fastkit.console import prompts
from fastkit.errors import InvalidAnswer, ManagerUnavailable


def test_what_is_wrong_with_an_answer_is_told_before_it_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(typed: str) -> str:
        if typed == "npm":
            raise InvalidAnswer("manager", "cannot be `npm`")
        if typed == "pdm":
            raise ManagerUnavailable("pdm is not installed", "install pdm")
        return typed

    typed = iter(["npm", "pdm", "uv"])
    monkeypatch.setattr(prompts, "read_line", lambda *words, **more: next(typed))
    assert prompts.ask_for("manager", "--manager", "Manager", None, check, secret=False) == "uv"
    assert capsys.readouterr().out.splitlines() == [
        "error: `manager` cannot be `npm`",
        "error: pdm is not installed",
        "hint: install pdm",
    ]
