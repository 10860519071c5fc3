"""What happens when fastkit itself has a fault."""

import pytest

from fastkit import __main__ as program


def test_an_unexpected_error_is_two_lines_and_a_traceback_only_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start(words: list[str]) -> int:
        raise ValueError("bad\nnews")

    monkeypatch.setattr(program, "start", start)
    monkeypatch.delenv(program.DEBUG, raising=False)
    assert program.call(["show"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        r"error: fastkit failed unexpectedly: ValueError: bad\nnews",
        "hint: set FASTKIT_DEBUG=1 to see the traceback, and report it",
    ]
    monkeypatch.setenv(program.DEBUG, "1")
    with pytest.raises(ValueError, match="bad"):
        program.call(["show"])
