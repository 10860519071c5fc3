"""The log: a line of JSON for each record, whoever wrote it."""

import json
import logging
from collections.abc import Callable

import pytest

from src.core import log


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """As it is when the application starts; pytest has handlers of its own."""

    def configure(level: str) -> None:
        monkeypatch.setattr(logging.root, "handlers", [])
        log.configure(level)

    monkeypatch.setattr(logging.getLogger("src"), "level", logging.NOTSET)
    return configure


@pytest.mark.parametrize("name", ["src.main", "sqlalchemy.pool"])
def test_each_line_is_json_with_the_id_of_its_request(
    name: str, configure: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    configure("INFO")
    token = log.request_id.set("r1")
    logging.getLogger(name).warning("two\nlines", extra={"item": 7})
    log.request_id.reset(token)

    line = json.loads(capsys.readouterr().err)
    assert (line["logger"], line["level"], line["message"]) == (name, "WARNING", "two\nlines")
    assert (line["request_id"], line["item"]) == ("r1", 7)
    assert line["time"].endswith("+00:00")


@pytest.mark.parametrize(("level", "lines"), [("DEBUG", 2), ("INFO", 1), ("ERROR", 0)])
def test_the_level_is_that_of_the_application(
    level: str,
    lines: int,
    configure: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(level)
    logging.getLogger("src.main").debug("detail")
    logging.getLogger("src.main").info("fact")
    logging.getLogger("library").info("of no interest")

    assert len(capsys.readouterr().err.splitlines()) == lines


def test_a_start_again_writes_no_line_twice(
    configure: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    configure("INFO")
    log.configure("INFO")
    logging.getLogger("src.main").info("fact")

    assert len(capsys.readouterr().err.splitlines()) == 1
