"""`fastkit resource add`: what it reads from a file, and what it asks."""

from pathlib import Path
from typing import Any

import pytest

from fastkit.commands.resource_add import read_data
from fastkit.console import dialogue
from fastkit.console.dialogue import asked_fields
from fastkit.errors import UsageError
from tests.support.folders import write


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("name: [", "is not YAML", "pass YAML or JSON"),
        ("- name", "is no mapping", "write it like {name: note, fields: ['title:str']}"),
    ],
)
def test_a_file_that_describes_no_resource_is_refused_by_its_name(
    text: str, message: str, hint: str, tmp_path: Path
) -> None:
    file = write(tmp_path, {"note.yml": text}) / "note.yml"
    with pytest.raises(UsageError) as error:
        read_data(file)
    assert error.value.message.startswith(f"{file} {message}")
    assert error.value.hint == hint


def test_every_field_but_the_first_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(name: str, option: str, text: str, *more: Any, **settings: Any) -> str:
        asked.append(text)
        return ["title:str", ""][len(asked) - 1]

    asked: list[str] = []
    monkeypatch.setattr(dialogue, "ask_for", answer)
    assert [field.name for field in asked_fields(lambda field: None)] == ["title"]
    example = "such as title:str:max=200"
    assert asked == [f"Field 1, {example}", f"Field 2, {example}, Enter ends"]
